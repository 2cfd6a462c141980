import { isNativeError } from 'node:util/types'

import type { Bridge, Worker } from './bridge.js'
import { ActivityError, AbortError } from './errors.js'
import { encode } from './json.js'
import type { Job } from './wire/told.js'

/** Where handlers and the engine write what people should know. `console` is one. */
export interface Logger {
  debug(message: string, ...more: unknown[]): void
  info(message: string, ...more: unknown[]): void
  warn(message: string, ...more: unknown[]): void
  error(message: string, ...more: unknown[]): void
}

/** What a handler is run for: the step's work, a check whether it was done, or its undoing. */
export type Purpose = Job['purpose']

/** Does the work of a step. What it returns is the step's output; what it throws fails the attempt. */
export type Handler<In = any, Out = unknown> = (input: In, context: ActivityContext) => Out | Promise<Out>

/** One attempt of an activity. */
export class ActivityContext {
  readonly #job: Job
  readonly #bridge: Bridge
  readonly #logger: Logger
  #abort: AbortController | undefined
  #cancelled = false

  /** @internal */
  constructor(job: Job, bridge: Bridge, logger: Logger) {
    this.#job = job
    this.#bridge = bridge
    this.#logger = logger
  }

  /** The instance. */
  get instance(): string {
    return this.#job.instance
  }

  /** The step's path, for example `each[2]/pay`. */
  get step(): string {
    return this.#job.step
  }

  /** Which attempt this is, from 1. */
  get attempt(): number {
    return this.#job.attempt
  }

  /** What the handler is run for. */
  get purpose(): Purpose {
    return this.#job.purpose
  }

  /**
   * The same in every attempt of the step. Give it to whatever the handler changes outside, so that the change happens
   * once.
   */
  get idempotencyKey(): string {
    return this.#job.idempotency_key
  }

  /** When all attempts together have to be done. */
  get deadline(): Date | null {
    const { deadline } = this.#job
    return deadline === null ? null : new Date(deadline)
  }

  /** What the attempt before this one said with its last heartbeat; `null` if there was none. */
  get lastHeartbeat(): unknown {
    return this.#job.last_heartbeat
  }

  /** Says that the handler lives, and how far it has come. */
  heartbeat(details: unknown = null): void {
    this.#bridge.post(`{"beat":[${this.#job.id},${encode(details, 'the heartbeat')}]}`)
  }

  /** Whether the result is not wanted any more. */
  get cancelled(): boolean {
    return this.#cancelled
  }

  /** Aborted when the result is not wanted any more: give it to `fetch` and the like. */
  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController()
      if (this.#cancelled) {
        this.#abort.abort(unwanted())
      }
    }
    return this.#abort.signal
  }

  /** Writes with the instance, the step and the attempt. */
  get logger(): Logger {
    const { instance, step, attempt } = this.#job
    const [logger, fields] = [this.#logger, { instance, step, attempt }]
    return {
      debug: (message, ...more) => logger.debug(message, ...more, fields),
      info: (message, ...more) => logger.info(message, ...more, fields),
      warn: (message, ...more) => logger.warn(message, ...more, fields),
      error: (message, ...more) => logger.error(message, ...more, fields),
    }
  }

  /** @internal */
  cancel(): void {
    this.#cancelled = true
    this.#abort?.abort(unwanted())
  }
}

function unwanted(): AbortError {
  return new AbortError('the result of the activity is not wanted any more')
}

/** The handlers of one engine, and the work that is out. */
export class Handlers implements Worker {
  readonly #byName = new Map<string, Handler>()
  readonly #running = new Map<number, ActivityContext>()
  readonly #logger: Logger
  #bridge!: Bridge

  constructor(logger: Logger) {
    this.#logger = logger
  }

  serve(bridge: Bridge): void {
    this.#bridge = bridge
  }

  /** Puts a handler in; true if there was none of this name. */
  put(name: string, handler: Handler): boolean {
    const isNew = !this.#byName.has(name)
    this.#byName.set(name, handler)
    return isNew
  }

  get names(): string[] {
    return [...this.#byName.keys()]
  }

  perform(job: Job): void {
    const handler = this.#byName.get(job.handler)
    const context = new ActivityContext(job, this.#bridge, this.#logger)
    this.#running.set(job.id, context)
    try {
      if (!handler) {
        throw new ActivityError('unknown_handler', `there is no handler ${job.handler}`)
      }
      const returned: unknown = handler(job.input, context)
      if (isThenable(returned)) {
        returned.then(
          (output) => this.#done(job.id, output),
          (error: unknown) => this.#failed(job.id, error),
        )
      } else {
        this.#done(job.id, returned)
      }
    } catch (error) {
      this.#failed(job.id, error)
    }
  }

  cancel(job: number): void {
    this.#running.get(job)?.cancel()
  }

  #done(job: number, output: unknown): void {
    let text: string
    try {
      text = encode(output, 'the output')
    } catch (error) {
      this.#failed(job, new ActivityError('invalid_output', (error as Error).message, { retryable: false }))
      return
    }
    this.#running.delete(job)
    this.#bridge.post(`{"done":[${job},${text}]}`)
  }

  #failed(job: number, thrown: unknown): void {
    this.#running.delete(job)
    this.#bridge.post(`{"fail":[${job},${failure(thrown)}]}`)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** How an attempt failed, in JSON. */
function failure(thrown: unknown): string {
  if (ActivityError.is(thrown)) {
    const { code, message, retryable, details } = thrown
    try {
      return encode({ code: String(code), message: String(message), retryable, details }, 'the error')
    } catch (error) {
      const note = `its details are lost: ${(error as Error).message}`
      return JSON.stringify({ code: String(code), message: String(message), retryable, details: { note } })
    }
  }
  if (isNativeError(thrown) || thrown instanceof Error) {
    const { name, message, stack } = thrown
    return JSON.stringify({ code: String(name || 'Error'), message: String(message), retryable: true, details: { stack } })
  }
  return JSON.stringify({ code: typeof thrown, message: String(thrown), retryable: true, details: null })
}
