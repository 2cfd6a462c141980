import type { Engine } from './engine.js'
import type { EventStream } from './events.js'
import type {
  EventOptions,
  Explanation,
  HistoryEntry,
  InstanceSummary,
  InstanceView,
  OperatorOptions,
  Outcome,
  SignalOptions,
  WaitOptions,
} from './types.js'

/** An instance, by its id. Making one asks nothing. */
export class Instance<Out = unknown> {
  readonly #engine: Engine
  /** The id. */
  readonly id: string
  /** Whether `start` found it, by its key, instead of starting it. */
  readonly existing: boolean

  /** @internal */
  constructor(engine: Engine, id: string, existing = false) {
    this.#engine = engine
    this.id = id
    this.existing = existing
  }

  /** Waits for the end: the output. Throws `InstanceFailed` or `InstanceAborted` if it did not complete. */
  result(options?: WaitOptions): Promise<Out> {
    return this.#engine.result<Out>(this.id, options)
  }

  /** Waits for the end, whichever it is. */
  wait(options?: WaitOptions): Promise<Outcome<Out>> {
    return this.#engine.wait<Out>(this.id, options)
  }

  /** How it ended; `null` while it goes on. */
  outcome(): Promise<Outcome<Out> | null> {
    return this.#engine.outcome<Out>(this.id)
  }

  /** Everything about it. */
  get(): Promise<InstanceView> {
    return this.#engine.get(this.id)
  }

  /** Its row. */
  summary(): Promise<InstanceSummary> {
    return this.#engine.summary(this.id)
  }

  /** All that has happened to it. */
  history(): Promise<HistoryEntry[]> {
    return this.#engine.history(this.id)
  }

  /** Why it is where it is. */
  explain(): Promise<Explanation> {
    return this.#engine.explain(this.id)
  }

  /** What happens to it. */
  events(options?: Omit<EventOptions, 'instance'>): EventStream {
    return this.#engine.events({ ...options, instance: this.id })
  }

  /** Sends it a signal. */
  signal(name: string, payload?: unknown, options?: SignalOptions): Promise<void> {
    return this.#engine.signal(this.id, name, payload, options)
  }

  /** Holds it. */
  suspend(options?: OperatorOptions): Promise<void> {
    return this.#engine.suspend(this.id, options)
  }

  /** Lets it go on. */
  resume(options?: OperatorOptions): Promise<void> {
    return this.#engine.resume(this.id, options)
  }

  /** Ends it. */
  abort(options?: OperatorOptions & { compensate?: boolean; force?: boolean }): Promise<void> {
    return this.#engine.abort(this.id, options)
  }

  /** Does a failed or indeterminate step again. */
  retry(step: string, options?: OperatorOptions & { anew?: boolean }): Promise<void> {
    return this.#engine.retry(this.id, step, options)
  }

  /** Passes over a failed or indeterminate step. */
  skip(step: string, options?: OperatorOptions): Promise<void> {
    return this.#engine.skip(this.id, step, options)
  }

  /** Gives a failed or indeterminate step its output. */
  completeStep(step: string, output?: unknown, options?: OperatorOptions): Promise<void> {
    return this.#engine.completeStep(this.id, step, output, options)
  }

  toString(): string {
    return this.id
  }
}
