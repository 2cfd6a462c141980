// One implementation for both ways of importing: an engine and its errors are the same in both.
export * from './index.js'
