import type { Handler } from './activity.js'
import { Engine } from './engine.js'
import { invalidArgument } from './errors.js'
import type { EngineOptions } from './options.js'
import type { Source } from './source.js'
import type { Duration } from './types.js'

/** The engine of a Next.js app. */
export interface NextEngineOptions extends Omit<EngineOptions, 'activities'> {
  /** Where its instances are: `sqlite:app.db`, `postgres://…`; a function is called when the engine is opened. */
  url: string | (() => string)
  /** Handlers by name; put in anew whenever the module that says so is evaluated again. */
  activities?: Record<string, Handler>
  /** Definitions to deploy before the engine is used. */
  flows?: readonly Source[]
  /** What else is to be done before it is used; again after the module was evaluated again. */
  setup?: (engine: Engine) => void | Promise<void>
  /** Tells several engines of one process apart. */
  name?: string
  /** Whether it is closed when the process is told to stop (true). */
  closeOnSignals?: boolean
  /** How long handlers may take to finish then. */
  grace?: Duration
}

/** What one process keeps while modules come and go. */
interface Kept {
  options: NextEngineOptions
  /** Counts the evaluations of the module. */
  edition: number
  engine?: Promise<Engine>
  /** The edition that the engine is set up for, and that work. */
  ready?: { edition: number; engine: Promise<Engine> }
}

const PLACE = Symbol.for('flowwright.next')

function kept(): Map<string, Kept> {
  const place = globalThis as { [PLACE]?: Map<string, Kept> }
  return (place[PLACE] ??= new Map())
}

/**
 * Says what the engine of this process is. The function that it gives opens the engine when it is called first, and
 * always gives the same one, however often modules are reloaded: handlers are replaced, flows are deployed again.
 *
 * ```ts
 * // lib/engine.ts
 * export const engine = defineEngine({
 *   url: 'sqlite:app.db',
 *   flows: [{ path: 'flows/loan.yaml' }],
 *   activities: { 'credit.pull': async (input, context) => … },
 * })
 * ```
 *
 * In `next.config.ts` it needs `serverExternalPackages: ['flowwright']`, and in `instrumentation.ts` a `register` that
 * calls it, so that instances go on as soon as the server runs, and not with the first request.
 */
export function defineEngine(options: NextEngineOptions): () => Promise<Engine> {
  const name = options.name ?? 'default'
  const entry: Kept = kept().get(name) ?? { options, edition: 0 }
  entry.options = options
  entry.edition += 1
  kept().set(name, entry)
  if (entry.engine) {
    // The engine runs already: what the new module says holds from now on, also for work that nobody asks for.
    ready(entry).catch(() => {})
  }
  return () => ready(entry)
}

function ready(entry: Kept): Promise<Engine> {
  if (process.env['NEXT_PHASE'] === 'phase-production-build') {
    const mend = "a page that needs it is not static: `export const dynamic = 'force-dynamic'`"
    return Promise.reject(invalidArgument(`the engine is not opened while the app is being built; ${mend}`))
  }
  if (entry.ready?.edition !== entry.edition) {
    const engine = setUp(entry, entry.options)
    entry.ready = { edition: entry.edition, engine }
    engine.catch(() => {
      // The next caller tries again.
      if (entry.ready?.engine === engine) {
        entry.ready = undefined
      }
    })
  }
  return entry.ready!.engine
}

async function setUp(entry: Kept, options: NextEngineOptions): Promise<Engine> {
  const { activities = {}, flows = [], setup } = options
  let opening = entry.engine
  if (!opening) {
    opening = entry.engine = open(entry, options)
    opening.catch(() => (entry.engine = undefined))
  }
  const engine = await opening
  for (const [name, handler] of Object.entries(activities)) {
    engine.activity(name, handler)
  }
  for (const flow of flows) {
    await engine.deploy(flow)
  }
  await setup?.(engine)
  return engine
}

async function open(entry: Kept, options: NextEngineOptions): Promise<Engine> {
  const { url, flows, setup, name, closeOnSignals = true, grace = '5s', ...rest } = options
  const engine = await Engine.open(typeof url === 'function' ? url() : url, rest)
  if (closeOnSignals) {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => void stop(entry, engine, signal, grace))
    }
  }
  return engine
}

/** Hands over to other processes, and then lets the signal do what it does. */
async function stop(entry: Kept, engine: Engine, signal: NodeJS.Signals, grace: Duration): Promise<void> {
  const isAlone = process.listenerCount(signal) === 0
  entry.engine = entry.ready = undefined
  try {
    await engine.close(grace)
  } finally {
    if (isAlone) {
      process.kill(process.pid, signal)
    }
  }
}
