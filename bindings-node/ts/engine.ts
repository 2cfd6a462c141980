/// <reference lib="esnext.disposable" preserve="true" />

import { type Handler, Handlers } from './activity.js'
import { Bridge } from './bridge.js'
import * as convert from './convert.js'
import { milliseconds, optional } from './duration.js'
import { InstanceAborted, InstanceFailed, errorOfBridge, invalidArgument } from './errors.js'
import type { Drawing } from './drawing.js'
import { EventStream } from './events.js'
import { Instance } from './instance.js'
import { bindings } from './native.js'
import type { DrawingFormat } from './offline.js'
import { type EngineOptions, encoded } from './options.js'
import { type ServeOptions, type StopSignal, serve } from './serve.js'
import { type Source, read } from './source.js'
import type {
  Actor,
  DefinitionSummary,
  Deployed,
  Duration,
  EventOptions,
  Explanation,
  Failure,
  HistoryEntry,
  InstanceFilter,
  InstanceSummary,
  InstanceView,
  Load,
  OperatorOptions,
  Outcome,
  Page,
  SignalOptions,
  StartOptions,
  Task,
  TaskFilter,
  Verification,
  WaitOptions,
} from './types.js'
import type { Act, TaskAct } from './wire/said.js'

/**
 * An engine in this process: it starts instances, runs handlers, and answers questions. What it does is durable; several
 * processes may open engines on one database.
 *
 * An open engine does not keep the process from exiting; a call that is awaited does, and so does `serve`.
 */
export class Engine {
  readonly #bridge: Bridge
  readonly #handlers: Handlers
  #closing: Promise<void> | undefined

  private constructor(bridge: Bridge, handlers: Handlers) {
    this.#bridge = bridge
    this.#handlers = handlers
  }

  /** Opens an engine on `memory:`, `sqlite:PATH` or `postgres://…`. */
  static async open(url: string, options: EngineOptions = {}): Promise<Engine> {
    const handlers = new Handlers(options.logger ?? console)
    for (const [name, handler] of Object.entries(options.activities ?? {})) {
      handlers.put(name, checked(name, handler))
    }
    let bridge: Bridge | undefined
    let early = false
    const wake = () => (bridge ? bridge.wake() : (early = true))
    try {
      const native = await bindings().Native.open(url, encoded(options), wake)
      bridge = new Bridge(native, handlers)
    } catch (error) {
      throw errorOfBridge(error)
    }
    handlers.serve(bridge)
    if (early) {
      bridge.wake()
    }
    return new Engine(bridge, handlers)
  }

  /** Registers a handler, or puts another in the place of the one with this name. */
  activity<In = any, Out = unknown>(name: string, handler: Handler<In, Out>): this {
    if (this.#handlers.put(name, checked(name, handler))) {
      this.#bridge.post(`{"register":${JSON.stringify(name)}}`)
    }
    return this
  }

  /** Deploys a definition. The same document again has the version that it had. */
  async deploy(source: Source): Promise<Deployed> {
    return this.#bridge.askInJson('deploy', `{"source":${await read(source)}}`)
  }

  /** Starts an instance of a flow. */
  async start<Out = unknown, In = unknown>(
    flow: string,
    input?: In,
    options: StartOptions = {},
  ): Promise<Instance<Out>> {
    const { key, ifExists, id, labels, version, versionLabel } = options
    const refuse_existing = ifExists === 'refuse' ? true : undefined
    const request = { flow, input, key, refuse_existing, id, labels, version, version_label: versionLabel }
    const started = await this.#bridge.ask('start', request)
    return new Instance(this, started.id, started.existing)
  }

  /** An instance by its id, without asking. */
  instance<Out = unknown>(id: string): Instance<Out> {
    return new Instance(this, id, true)
  }

  /** The instance of a flow that has this key. */
  async find<Out = unknown>(flow: string, key: string): Promise<Instance<Out> | null> {
    const id = await this.#bridge.ask('find', { flow, key })
    return id === null ? null : this.instance(id)
  }

  /** Waits for the end of an instance, whichever it is. */
  async wait<Out = unknown>(instance: string, { timeout, signal }: WaitOptions = {}): Promise<Outcome<Out>> {
    const outcome = await this.#bridge.ask('wait', { instance, timeout_ms: optional(timeout) }, signal)
    return outcome as Outcome<Out>
  }

  /** Waits for the end of an instance: its output. */
  async result<Out = unknown>(instance: string, options?: WaitOptions): Promise<Out> {
    const { status, output, error, operator } = await this.wait<Out>(instance, options)
    switch (status) {
      case 'completed':
        return output
      case 'failed':
        throw new InstanceFailed(instance, error ?? UNKNOWN)
      default:
        throw new InstanceAborted(instance, operator)
    }
  }

  /** How an instance ended; `null` while it goes on. */
  async outcome<Out = unknown>(instance: string): Promise<Outcome<Out> | null> {
    return (await this.#bridge.ask('outcome', { instance })) as Outcome<Out> | null
  }

  /** Everything about an instance. */
  async get(instance: string): Promise<InstanceView> {
    return convert.view(await this.#bridge.ask('get', { instance }))
  }

  /** An instance's row. */
  async summary(instance: string): Promise<InstanceSummary> {
    return convert.summary(await this.#bridge.ask('summary', { instance }))
  }

  /** All that has happened to an instance. */
  history(instance: string): Promise<HistoryEntry[]> {
    return this.#bridge.ask('history', { instance })
  }

  /** Why an instance is where it is. */
  async explain(instance: string): Promise<Explanation> {
    return convert.explanation(await this.#bridge.ask('explain', { instance }))
  }

  /** A page of instances, the one created last first. */
  async instances(filter: InstanceFilter = {}): Promise<Page<InstanceSummary>> {
    const { instances, next } = await this.#bridge.ask('instances', convert.instancesQuery(filter))
    return { items: instances.map(convert.summary), next }
  }

  /** How many instances match. */
  count(filter: Omit<InstanceFilter, 'limit' | 'after'> = {}): Promise<number> {
    return this.#bridge.ask('count', convert.instancesQuery(filter))
  }

  /** Sends a signal to an instance. */
  async signal(
    instance: string,
    name: string,
    payload: unknown = null,
    { id, correlation, ttl }: SignalOptions = {},
  ): Promise<void> {
    await this.#bridge.ask('signal', { instance, name, payload, id, correlation, ttl_ms: optional(ttl) })
  }

  /** Sends a message to whoever waits for it: the ids of the instances that have got it. */
  message(name: string, correlation: string, payload: unknown = null): Promise<string[]> {
    return this.#bridge.ask('message', { name, correlation, payload })
  }

  /** Holds an instance. */
  suspend(instance: string, options?: OperatorOptions): Promise<void> {
    return this.#operate(instance, { suspend: {} }, options)
  }

  /** Lets an instance go on. */
  resume(instance: string, options?: OperatorOptions): Promise<void> {
    return this.#operate(instance, { resume: {} }, options)
  }

  /** Ends an instance; `compensate` undoes what was completed first, `force` breaks such undoing off. */
  abort(
    instance: string,
    { compensate, force, ...options }: OperatorOptions & { compensate?: boolean; force?: boolean } = {},
  ): Promise<void> {
    return this.#operate(instance, { abort: { compensate, force } }, options)
  }

  /** Does a failed or indeterminate step again; `anew` with another idempotency key. */
  retry(
    instance: string,
    step: string,
    { anew, ...options }: OperatorOptions & { anew?: boolean } = {},
  ): Promise<void> {
    return this.#operate(instance, { retry: { step, anew } }, options)
  }

  /** Passes over a failed or indeterminate step. */
  skip(instance: string, step: string, options?: OperatorOptions): Promise<void> {
    return this.#operate(instance, { skip: { step } }, options)
  }

  /** Gives a failed or indeterminate step its output. */
  completeStep(
    instance: string,
    step: string,
    output: unknown = null,
    options?: OperatorOptions,
  ): Promise<void> {
    return this.#operate(instance, { complete_step: { step, output } }, options)
  }

  /** The open tasks that somebody has or may take, most urgent first. */
  inbox(actor: Actor, filter: Omit<TaskFilter, 'visibleTo'> = {}): Promise<Page<Task>> {
    return this.tasks({ ...filter, visibleTo: actor })
  }

  /** A page of open tasks, most urgent first. */
  async tasks(filter: TaskFilter = {}): Promise<Page<Task>> {
    const { tasks, next } = await this.#bridge.ask('tasks', convert.tasksQuery(filter))
    return { items: tasks.map(convert.task), next }
  }

  /** An open task. */
  async task<Data = unknown>(id: string): Promise<Task<Data>> {
    return convert.task(await this.#bridge.ask('task', { task: id })) as Task<Data>
  }

  /** Takes a task. */
  claim(task: string, actor: Actor, options?: TaskOptions): Promise<void> {
    return this.#act(task, actor, { claim: {} }, options)
  }

  /** Puts a task back. */
  release(task: string, actor: Actor, options?: TaskOptions): Promise<void> {
    return this.#act(task, actor, { release: {} }, options)
  }

  /** Does a task. */
  complete(
    task: string,
    actor: Actor,
    { outcome, data = null, ...options }: TaskOptions & { outcome?: string; data?: unknown } = {},
  ): Promise<void> {
    return this.#act(task, actor, { complete: { outcome, data } }, options)
  }

  /** Gives a task to somebody else. */
  reassign(task: string, actor: Actor, to: string, options?: TaskOptions): Promise<void> {
    return this.#act(task, actor, { reassign: { to } }, options)
  }

  /** Brings a task before another role. */
  escalate(
    task: string,
    actor: Actor,
    to: string,
    { reason, ...options }: TaskOptions & { reason?: string } = {},
  ): Promise<void> {
    return this.#act(task, actor, { escalate: { to, reason } }, options)
  }

  /** What happens, as it happens: `for await (const event of engine.events())`. */
  events(options: EventOptions = {}): EventStream {
    return new EventStream(this.#bridge, options)
  }

  /** All definitions, by flow and version. */
  async definitions(): Promise<DefinitionSummary[]> {
    const found = await this.#bridge.ask('definitions', {})
    return found.map(convert.definition)
  }

  /** Draws a flow: the newest version, or the one that is asked for. */
  draw(flow: string, options?: { version?: number; format?: 'json' }): Promise<Drawing>
  draw(flow: string, options: { version?: number; format: 'mermaid' | 'dot' }): Promise<string>
  draw(flow: string, options: { version?: number; format?: DrawingFormat } = {}): Promise<Drawing | string> {
    return this.#bridge.ask('draw', { flow, ...options })
  }

  /** Gives a version of a flow a label, which starts may ask for. */
  async setLabel(flow: string, version: number, label: string): Promise<void> {
    await this.#bridge.ask('label', { flow, version, label })
  }

  /** Checks histories and what follows from them: of one instance, or of all. */
  verify(instance?: string): Promise<Verification> {
    return this.#bridge.ask('verify', { instance })
  }

  /** How much work there is in this process. */
  load(): Promise<Load> {
    return this.#bridge.ask('load', {})
  }

  /** Whether the engine has been closed. */
  get closed(): boolean {
    return this.#bridge.stopped
  }

  /** Stops in good order: handlers may take so long to finish, and what is left goes on elsewhere or the next time. */
  async close(grace: Duration = '10s'): Promise<void> {
    const grace_ms = milliseconds(grace)
    await (this.#closing ??= this.#close(grace_ms))
  }

  async #close(grace_ms: number): Promise<void> {
    try {
      await this.#bridge.ask('shutdown', { grace_ms })
    } finally {
      this.#bridge.stop()
    }
  }

  /**
   * Keeps the process until the engine is closed, or one of these signals comes; then stops in good order. The signal
   * that came, if one did.
   */
  serve(options: ServeOptions = {}): Promise<StopSignal | undefined> {
    return serve(options, this.#bridge.end, (grace) => this.close(grace))
  }

  /** `await using engine = await Engine.open(…)` */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #operate(instance: string, act: Act, { by = 'api', reason }: OperatorOptions = {}): Promise<void> {
    await this.#bridge.ask('operate', { instance, operator: { by, reason }, act })
  }

  async #act(task: string, actor: Actor, act: TaskAct, { request }: TaskOptions = {}): Promise<void> {
    await this.#bridge.ask('act', { task, actor: convert.actor(actor), request, act })
  }
}

/** How something is done with a task. */
export interface TaskOptions {
  /** The caller's id for the request: the same request again is answered as the first time. */
  request?: string
}

const UNKNOWN: Failure = { code: 'unknown', message: 'nothing is known of why' }

function checked<H extends Handler<any, any>>(name: string, handler: H): H {
  if (typeof handler !== 'function') {
    throw invalidArgument(`the handler of ${name} is no function`)
  }
  return handler
}
