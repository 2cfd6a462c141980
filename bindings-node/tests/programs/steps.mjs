// Runs three steps of many instances; with `die` it is killed in the middle of the second.
import { Engine } from 'flowwright'

const [url, mode, count, flow] = process.argv.slice(2)
let done = 0
const engine = await Engine.open(url, {
  lease: '1s',
  activities: {
    step: (input) => {
      done += 1
      if (mode === 'die' && done === Math.floor(1.5 * count)) {
        process.kill(process.pid, 'SIGKILL')
      }
      return input + 1
    },
  },
})
await engine.deploy(`
flow: ${flow}
steps:
  - {id: a, type: activity, handler: step, with: '\${ input }', next: b}
  - {id: b, type: activity, handler: step, with: '\${ steps.a.output }', next: c}
  - {id: c, type: activity, handler: step, with: '\${ steps.b.output }'}
`)
const keys = Array.from({ length: count }, (_, n) => n)
const instances = await Promise.all(keys.map((n) => engine.start(flow, n, { key: `${n}` })))
console.log('existing', instances.filter(({ existing }) => existing).length)
const outputs = await Promise.all(instances.map((instance) => instance.result({ timeout: '60s' })))
console.log('right', outputs.filter((output, n) => output === n + 3).length)
console.log('sound', (await engine.verify()).ok)
await engine.close()
