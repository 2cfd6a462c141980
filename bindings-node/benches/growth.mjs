// n instances are started and completed, some thousand at a time; memory is looked at ten times. Run it with --expose-gc.
// One line of JSON; exit code 1 where memory grows. Options: --n, --store sqlite|memory, --flight, --dir.
import { Engine } from 'flowwright'

import { FLOW, megabytes, options, round, step, store } from './support.mjs'

const { n: text, store: kind, flight, dir } = options({ n: '100000', store: 'sqlite', flight: '1000', dir: undefined })
const n = Number(text)
const { url, remove } = store(kind, dir)
const engine = await Engine.open(url, { activities: { step } })
await engine.deploy(FLOW)

const samples = []
const began = performance.now()
for (let wave = 0; wave < 10; wave += 1) {
  let left = n / 10
  const runner = async () => {
    while (left-- > 0) {
      const input = left
      const output = await (await engine.start('sequential', input)).result()
      if (output !== input + 3) {
        throw new Error(`the output is ${output}`)
      }
    }
  }
  await Promise.all(Array.from({ length: Number(flight) }, runner))
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  samples.push({ rss_mb: megabytes(rss), heap_mb: megabytes(heapUsed), external_mb: megabytes(external) })
}
const wall = (performance.now() - began) / 1000
await engine.close()
remove()

// The first half fills what is kept on purpose: the page cache of SQLite (64 MiB), the allocators' pages.
const growth = (field) => round(samples.at(-1)[field] - samples[4][field])
const grown = { rss_mb: growth('rss_mb'), heap_mb: growth('heap_mb') }
console.log(
  JSON.stringify({ bench: 'growth', language: 'node', store: kind, n, wall_s: round(wall, 1), grown, samples }),
)
process.exitCode = grown.heap_mb > 2 || grown.rss_mb > 20 ? 1 : 0
