// An engine in a worker thread, which ends while the engine is open; then one in the main thread.
import { Worker, isMainThread, parentPort } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'
import { Engine } from 'flowwright'

async function hello(from) {
  const engine = await Engine.open('memory:', { activities: { greet: (name) => `Hello, ${name}!` } })
  await engine.deploy("flow: hi\nsteps: [{id: a, type: activity, handler: greet, with: '${ input }'}]")
  return await (await engine.start('hi', from)).result()
}

if (isMainThread) {
  for (const ends of ['by itself', 'terminated']) {
    const worker = new Worker(fileURLToPath(import.meta.url), { argv: [ends] })
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    console.log(await new Promise((resolve) => worker.once('message', resolve)))
    if (ends === 'terminated') {
      await worker.terminate()
    }
    await ended
  }
  console.log(await hello('main thread'))
} else {
  parentPort.postMessage(await hello(`worker ${process.argv[2]}`))
  if (process.argv[2] === 'terminated') {
    setInterval(() => {}, 1000)
  }
}
