// A server with an engine, which is told to stop.
import { defineEngine } from 'flowwright/next'

const engine = defineEngine({
  url: process.argv[2],
  setup: (engine) => {
    const close = engine.close
    engine.close = async function (grace) {
      await close.call(this, grace)
      console.log('closed')
    }
  },
})
await engine()
setInterval(() => {}, 1000)
console.log('ready')
