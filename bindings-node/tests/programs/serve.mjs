// Works until it is told to stop; the handler that is at work then may finish.
import { Engine } from 'flowwright'

const engine = await Engine.open(process.argv[2])
engine.activity('work', () => {
  console.log('working')
  return new Promise((resolve) => process.once('SIGTERM', () => setTimeout(resolve, 20, 'finished')))
})
await engine.deploy('flow: work\nsteps: [{id: work, type: activity, handler: work}]')
await engine.start('work', {}, { key: 'only' })
console.log('serving')
console.log('stopped by', await engine.serve({ grace: '5s' }))
console.log(engine.closed)
