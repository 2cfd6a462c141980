export * from './next.js'
