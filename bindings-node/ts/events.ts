import type { Bridge } from './bridge.js'
import { AbortError, FlowwrightError } from './errors.js'
import { onAbort } from './signals.js'
import type { EventOptions, FlowEvent } from './types.js'

/** What happens, as it happens. Leaving the loop ends the stream; so does closing the engine. */
export class EventStream implements AsyncIterableIterator<FlowEvent> {
  readonly #bridge: Bridge
  readonly #batch: number
  readonly #end = new AbortController()
  readonly #stream: Promise<number>
  #fetched: FlowEvent[] = []
  #next = 0
  #turn: Promise<unknown> = Promise.resolve()
  #position: number | undefined
  /** Up to where everything was fetched. */
  #read = 0

  /** @internal */
  constructor(bridge: Bridge, { after = -1, instance, signal, batch = 256 }: EventOptions) {
    this.#bridge = bridge
    this.#batch = batch
    this.#stream = bridge.ask('follow', { after, instance })
    this.#stream.catch(() => {})
    this.#position = after < 0 ? undefined : after
    if (signal) {
      const forget = onAbort(signal, () => void this.return())
      this.#end.signal.addEventListener('abort', forget)
      if (signal.aborted) {
        void this.return()
      }
    }
  }

  /** Resolves once the stream has begun: what happens from then on is told. */
  get ready(): Promise<void> {
    return this.#stream.then(() => {})
  }

  /**
   * Where to go on with `after` another time. No event is missed; those that became durable together share a position,
   * and those of them that came already come again: they are told apart by `instance` and `seq`.
   */
  get position(): number | undefined {
    return this.#position
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<FlowEvent, undefined>> {
    // One after the other, also for those who do not wait for the one before.
    const turn = this.#turn.then(() => this.#take())
    this.#turn = turn.catch(() => {})
    return turn
  }

  async #take(): Promise<IteratorResult<FlowEvent, undefined>> {
    while (!this.#end.signal.aborted) {
      const event = this.#fetched[this.#next]
      if (event) {
        this.#next += 1
        const following = this.#fetched[this.#next]
        const within = following?.position === event.position
        this.#position = following === undefined ? this.#read : event.position - (within ? 1 : 0)
        return { done: false, value: event }
      }
      try {
        const stream = await this.#stream
        const page = await this.#bridge.ask('next', { stream, limit: this.#batch }, this.#end.signal)
        this.#fetched = page.events
        this.#read = page.position
        this.#next = 0
      } catch (error) {
        const isStopped = error instanceof FlowwrightError && error.code === 'shutting_down'
        if (!(error instanceof AbortError) && !isStopped) {
          throw error
        }
        this.#end.abort()
      }
    }
    return { done: true, value: undefined }
  }

  /** Ends the stream. */
  async return(): Promise<IteratorResult<FlowEvent, undefined>> {
    if (!this.#end.signal.aborted) {
      this.#end.abort()
      this.#fetched = []
      this.#stream.then(
        (stream) => this.#bridge.post(`{"call":[0,{"unfollow":{"stream":${stream}}}]}`),
        () => {},
      )
    }
    return { done: true, value: undefined }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}
