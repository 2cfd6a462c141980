// What benches have in common.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { bindings } from '../dist/native.js'

/** Three activities in sequence; each gives back its input plus one. */
export const FLOW = `
flow: sequential
steps:
  - {id: a, type: activity, handler: step, with: '\${ input }', next: b}
  - {id: b, type: activity, handler: step, with: '\${ steps.a.output }', next: c}
  - {id: c, type: activity, handler: step, with: '\${ steps.b.output }'}
`

export const step = async (input) => input + 1

export function options(usual) {
  const spec = Object.fromEntries(Object.entries(usual).map(([name, value]) => [name, { type: 'string', default: value }]))
  return parseArgs({ options: spec }).values
}

/** A store, and what removes it. */
export function store(kind, dir = tmpdir()) {
  if (kind === 'memory') {
    return { url: 'memory:', remove() {} }
  }
  const folder = mkdtempSync(join(dir, 'flowwright-bench-'))
  return { url: `sqlite:${join(folder, 'bench.db')}`, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Adds up the time that calls of some functions take. */
export class Stopwatch {
  ms = 0
  calls = 0

  of(call) {
    const watch = this
    return function (...given) {
      const began = performance.now()
      try {
        return call.apply(this, given)
      } finally {
        watch.ms += performance.now() - began
        watch.calls += 1
      }
    }
  }
}

/** Watches both ends of the bridge: the calls into it, and the JSON of what crosses. */
export function watchBridge() {
  const watches = { send: new Stopwatch(), drain: new Stopwatch(), parse: new Stopwatch(), stringify: new Stopwatch() }
  const { Native } = bindings()
  Native.prototype.send = watches.send.of(Native.prototype.send)
  Native.prototype.drain = watches.drain.of(Native.prototype.drain)
  JSON.parse = watches.parse.of(JSON.parse)
  JSON.stringify = watches.stringify.of(JSON.stringify)
  return watches
}

export function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]
}

export const round = (number, digits = 1) => Number(number.toFixed(digits))
export const megabytes = (bytes) => round(bytes / 1e6)
