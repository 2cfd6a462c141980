// Starts a thousand instances that wait, and has nothing more to do.
import { Engine } from 'flowwright'

const engine = await Engine.open('memory:')
await engine.deploy('flow: waiting\nsteps: [{id: wait, type: signal, name: go}]')
await Promise.all(Array.from({ length: 1000 }, () => engine.start('waiting')))
console.log('running', await engine.count({ status: 'running' }))
