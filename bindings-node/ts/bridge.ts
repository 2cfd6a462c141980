import { AbortError, errorOf, errorOfBridge } from './errors.js'
import { KeepAlive } from './keep-alive.js'
import type { Problem } from './errors.js'
import type { Native } from './native.js'
import { encode } from './json.js'
import { onAbort } from './signals.js'
import type { Request } from './wire/said.js'
import type { Answers, Job } from './wire/told.js'

/** How many deliveries are fetched at once. */
const FETCH = 256
/** How many messages are sent at once. */
const SEND = 1024
/** After so many milliseconds of handing out, the event loop has its turn. */
const TURN = 5

/** What may be asked, by its kind. */
export type RequestOf<Kind extends keyof Answers> = Extract<Request, Record<Kind, unknown>>[Kind]

/** Who does the work that comes. */
export interface Worker {
  perform(job: Job): void
  cancel(job: number): void
}

type Delivery =
  | { answer: [number, unknown] }
  | { error: [number, Problem] }
  | { job: Job }
  | { cancel: number }

interface Waiting {
  settle(answer: Answer): void
}

const STOPPED: Problem = { code: 'shutting_down', message: 'the engine has stopped', retryable: false }

type Answer = { value: unknown } | { problem: Problem } | { error: unknown }

/**
 * The two ends of one engine's bridge: messages of one turn of the event loop are sent together, and what comes is
 * fetched in batches, with a turn of the event loop after each.
 */
export class Bridge {
  readonly #native: Native
  readonly #worker: Worker
  readonly #keepAlive = new KeepAlive()
  readonly #waiting = new Map<number, Waiting>()
  #last = 0
  #out: string[] = []
  #leaving = false
  #coming = false
  #more = false
  #inbox: Delivery[] = []
  #next = 0
  #stopped = false
  #ended!: () => void
  /** Resolves when the engine has stopped. */
  readonly end = new Promise<undefined>((resolve) => (this.#ended = () => resolve(undefined)))

  constructor(native: Native, worker: Worker) {
    this.#native = native
    this.#worker = worker
  }

  /** Whether the engine has stopped. */
  get stopped(): boolean {
    return this.#stopped
  }

  /** Asks. Aborting `signal` gives the answer up, whatever comes of the request. */
  async ask<Kind extends keyof Answers>(
    kind: Kind,
    request: RequestOf<Kind>,
    signal?: AbortSignal,
  ): Promise<Answers[Kind]> {
    return this.askInJson(kind, encode(request, 'the call'), signal)
  }

  /** Asks with a request that is JSON already. */
  async askInJson<Kind extends keyof Answers>(
    kind: Kind,
    request: string,
    signal?: AbortSignal,
  ): Promise<Answers[Kind]> {
    const answer = await this.#call(`{"${kind}":${request}}`, signal)
    // Errors are made here, so that their stack leads back to the caller.
    if ('value' in answer) {
      return answer.value as Answers[Kind]
    }
    throw 'problem' in answer ? errorOf(answer.problem) : answer.error
  }

  #call(request: string, signal: AbortSignal | undefined): Promise<Answer> {
    return new Promise((resolve) => {
      if (signal?.aborted) {
        return resolve({ error: new AbortError(signal.reason) })
      }
      if (this.#stopped) {
        return resolve({ problem: STOPPED })
      }
      const call = ++this.#last
      let settle = resolve
      if (signal) {
        const forget = onAbort(signal, () => {
          this.#settle(call, { error: new AbortError(signal.reason) })
          this.post(`{"forget":${call}}`)
        })
        settle = (answer) => {
          forget()
          resolve(answer)
        }
      }
      this.#waiting.set(call, { settle })
      this.#keepAlive.hold(this.#waiting.size > 0)
      this.post(`{"call":[${call},${request}]}`)
    })
  }

  #settle(call: number, answer: Answer): void {
    const waiting = this.#waiting.get(call)
    if (waiting) {
      this.#waiting.delete(call)
      this.#keepAlive.hold(this.#waiting.size > 0)
      waiting.settle(answer)
    }
  }

  /** Sends a message at the end of this turn. */
  post(message: string): void {
    if (this.#stopped) {
      return
    }
    this.#out.push(message)
    if (!this.#leaving) {
      this.#leaving = true
      process.nextTick(this.#flush)
    }
  }

  readonly #flush = (): void => {
    const out = this.#out
    if (this.#stopped || out.length === 0) {
      this.#leaving = false
    } else if (out.length <= SEND) {
      this.#leaving = false
      this.#out = []
      this.#send(out)
    } else {
      this.#out = out.slice(SEND)
      this.#send(out.slice(0, SEND))
      setImmediate(this.#flush)
    }
  }

  #send(messages: string[]): void {
    try {
      this.#native.send(`[${messages.join(',')}]`)
    } catch (error) {
      if (messages.length > 1) {
        // One of them cannot be read, and nothing of the batch was carried out.
        messages.forEach((message) => this.#send([message]))
      } else {
        this.#unsent(messages[0]!, errorOfBridge(error))
      }
    }
  }

  #unsent(message: string, error: unknown): void {
    const [, kind, number] = /^\{"(\w+)":\[(\d+)/.exec(message) ?? []
    if (kind === 'call') {
      this.#settle(Number(number), { error })
    } else if (kind === 'done' && !this.#stopped) {
      const text = JSON.stringify(error instanceof Error ? error.message : String(error))
      this.#send([`{"fail":[${number},{"code":"invalid_output","message":${text},"retryable":false}]}`])
    }
  }

  /** What the engine calls when there is something to fetch. */
  readonly wake = (): void => {
    this.#more = true
    this.#schedule()
  }

  #schedule(): void {
    if (!this.#coming) {
      this.#coming = true
      setImmediate(this.#pump)
    }
  }

  readonly #pump = (): void => {
    this.#coming = false
    if (this.#stopped) {
      return
    }
    if (this.#next === this.#inbox.length && this.#more) {
      this.#more = false
      this.#inbox = JSON.parse(this.#native.drain(FETCH)) as Delivery[]
      this.#next = 0
    }
    const until = performance.now() + TURN
    while (this.#next < this.#inbox.length) {
      this.#deliver(this.#inbox[this.#next++]!)
      if (performance.now() > until) {
        break
      }
    }
    if (this.#next < this.#inbox.length || this.#more) {
      this.#schedule()
    } else {
      this.#inbox = []
      this.#next = 0
    }
  }

  #deliver(delivery: Delivery): void {
    if ('job' in delivery) {
      this.#worker.perform(delivery.job)
    } else if ('answer' in delivery) {
      this.#settle(delivery.answer[0], { value: delivery.answer[1] })
    } else if ('error' in delivery) {
      this.#settle(delivery.error[0], { problem: delivery.error[1] })
    } else {
      this.#worker.cancel(delivery.cancel)
    }
  }

  /** Ends the bridge: whoever still waits is told so. */
  stop(): void {
    if (this.#stopped) {
      return
    }
    this.#stopped = true
    this.#out = []
    for (const call of [...this.#waiting.keys()]) {
      this.#settle(call, { problem: STOPPED })
    }
    this.#keepAlive.end()
    this.#native.release()
    this.#ended()
  }
}
