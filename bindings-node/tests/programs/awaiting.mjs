// Has nothing but an instance that it waits for.
import { Engine } from 'flowwright'

const engine = await Engine.open('memory:')
await engine.deploy('flow: soon\nsteps: [{id: wait, type: timer, delay: 100ms}]\noutput: done')
console.log(await (await engine.start('soon')).result())
