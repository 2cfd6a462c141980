// n instances of three activities in sequence, all started at once: the workload w1 of the Rust benches, with handlers in
// JavaScript. One line of JSON. Options: --n, --store sqlite|memory, --concurrency, --dir, --watch no (nothing is timed in
// between).
import { performance } from 'node:perf_hooks'

import { Engine } from 'flowwright'

import { FLOW, megabytes, options, percentile, round, step, store, watchBridge } from './support.mjs'

const { n: text, store: kind, dir, watch, concurrency } = options({
  n: '10000',
  store: 'sqlite',
  dir: undefined,
  watch: 'yes',
  concurrency: undefined,
})
const n = Number(text)
const { url, remove } = store(kind, dir)
const watches = watch === 'yes' ? watchBridge() : {}
const engine = await Engine.open(url, {
  activities: { step },
  calls: 2 * n + 100,
  concurrency: concurrency && Number(concurrency),
})
await engine.deploy(FLOW)

const latencies = new Float64Array(n)
const [cpu, loop, began] = [process.cpuUsage(), performance.eventLoopUtilization(), performance.now()]
for (const one of Object.values(watches)) {
  one.ms = one.calls = 0
}
let wrong = 0
await Promise.all(
  Array.from({ length: n }, async (_, number) => {
    const start = performance.now()
    const output = await (await engine.start('sequential', number)).result()
    latencies[number] = performance.now() - start
    wrong += output === number + 3 ? 0 : 1
  }),
)
const wall = performance.now() - began
const { user, system } = process.cpuUsage(cpu)
const { utilization } = performance.eventLoopUtilization(loop)
if (wrong > 0) {
  throw new Error(`${wrong} outputs are wrong`)
}
await engine.close()
remove()

latencies.sort()
const bridge = Object.fromEntries(Object.entries(watches).map(([name, { ms, calls }]) => [name, [round(ms), calls]]))
const inBridge = Object.values(watches).reduce((sum, { ms }) => sum + ms, 0)
console.log(
  JSON.stringify({
    bench: 'sequential',
    language: 'node',
    store: kind,
    n,
    steps_per_s: Math.round((3 * n) / (wall / 1000)),
    wall_s: round(wall / 1000, 3),
    cpu_s: round((user + system) / 1e6, 3),
    p50_ms: round(percentile(latencies, 0.5)),
    p95_ms: round(percentile(latencies, 0.95)),
    p99_ms: round(percentile(latencies, 0.99)),
    peak_rss_mb: megabytes(process.resourceUsage().maxRSS * 1024),
    loop_utilization: round(utilization, 3),
    ...(watch === 'yes' && { bridge_share: round(inBridge / wall, 3), bridge_ms_and_calls: bridge }),
  }),
)
