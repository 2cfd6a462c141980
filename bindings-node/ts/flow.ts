import type { FlowDocument } from './definition.js'
import { written } from './duration.js'
import type { Duration, TaskPriority } from './types.js'

/** What an edge or step listens to. */
export type EdgeOutcome = 'success' | 'failure' | 'any' | 'escalation' | 'signal'

/** A condition: CEL, or a rule as data. */
export type Condition = string | boolean | Rule

/** A condition as data, for people who build rules in forms. */
export type Rule =
  | { all: readonly Condition[] }
  | { any: readonly Condition[] }
  | { not: Condition }
  | { field: string; operator: string; value?: unknown }

/** What an edge may say beside its ends. */
export interface EdgeOptions {
  on?: EdgeOutcome
  signal?: string
  interrupt?: boolean
  when?: Condition
  else?: boolean
  back?: boolean
  maxIterations?: number
}

/** An incoming edge. */
export type Need = string | ({ step: string } & EdgeOptions)
/** An outgoing edge. */
export type Next = string | ({ to: string } & EdgeOptions)

/** How a failed attempt is tried again. */
export interface Retry {
  /** With the first one. */
  attempts?: number
  backoff?: 'fixed' | 'exponential'
  initial?: Duration
  max?: Duration
  factor?: number
  jitter?: number
  /** Only errors with these codes. */
  only?: readonly string[]
  /** No errors with these codes. */
  except?: readonly string[]
}

/** An activity that undoes a step. */
export interface Compensate {
  handler: string
  with?: unknown
  retry?: Retry
  timeout?: Duration
}

/** How long something should take. Measured; nothing is interrupted. */
export interface Sla {
  target?: Duration
  warn?: Duration
}

/** What every step may say. */
export interface StepOptions {
  title?: string
  description?: string
  labels?: Record<string, string>
  needs?: Need | readonly Need[]
  next?: Next | readonly Next[]
  choose?: 'all' | 'first' | 'race'
  join?: 'all' | 'every' | 'any' | 'each' | number
  losers?: 'detach' | 'cancel'
  cancels?: readonly string[]
  /** Variables to set when the step completes, by expressions. */
  set?: Record<string, unknown>
  timeout?: Duration
  sla?: Sla
}

interface Undoable {
  compensate?: Compensate
}

interface UsesResources {
  /** How much of which pools it takes. */
  resources?: Record<string, number>
}

/** Calls a handler. */
export interface ActivityStep extends StepOptions, Undoable, UsesResources {
  /** The handler's name; the step's id otherwise. */
  handler?: string
  with?: unknown
  /** For all attempts. */
  deadline?: Duration
  /** The longest silence between two heartbeats. */
  heartbeat?: Duration
  retry?: Retry
  queue?: string
  priority?: number
  cost?: number
  idempotent?: boolean
  check?: string
}

/** Waits for a person. */
export interface UserTaskStep extends StepOptions, Undoable {
  role?: string
  candidates?: { roles?: readonly string[]; groups?: readonly string[]; users?: readonly string[] }
  assignee?: string
  routing?: 'pull' | 'least_busy' | 'round_robin'
  /** JSON Schema of the result. */
  form?: unknown
  data?: unknown
  outcomes?: readonly string[]
  priority?: TaskPriority
  due?: Duration
  escalate?: { after: Duration; to: string }
  /** None of those who did these steps. */
  notBy?: readonly string[]
  calendar?: {
    zone?: string
    from?: string
    to?: string
    days?: readonly string[]
    holidays?: readonly string[]
  }
}

/** Waits. */
export interface TimerStep extends StepOptions, Undoable {
  delay?: Duration
  /** An expression that gives a time. */
  until?: string
  whileSuspended?: 'hold' | 'run'
}

/** Waits for a named signal. */
export interface SignalStep extends StepOptions, Undoable {
  name: string
  correlate?: string
  filter?: Condition
  early?: 'keep' | 'drop'
}

/** Publishes an event. */
export interface EmitStep extends StepOptions, Undoable {
  event: string
  data?: unknown
}

/** Looks a table up. */
export interface DecisionStep extends StepOptions, Undoable {
  rules: readonly { when?: Condition; output: unknown }[]
  hit?: 'first' | 'unique' | 'collect'
  default?: unknown
}

/** Sets variables. */
export interface AssignStep extends StepOptions, Undoable {}

/** Runs another flow. */
export interface CallStep extends StepOptions, Undoable, UsesResources {
  flow: string
  version?: number
  label?: string
  with?: unknown
  wait?: boolean
  onCancel?: 'cancel' | 'abandon'
}

/** What scopes may say. */
export interface ScopeOptions extends StepOptions, Undoable, UsesResources {
  onFailure?: 'fail_fast' | 'drain' | 'compensate'
  output?: unknown
}

/** Steps that succeed or fail as one. */
export interface GroupStep extends ScopeOptions {}

/** A scope per item. */
export interface ForEachStep extends ScopeOptions {
  items: string
  concurrency?: number
  tolerate?: { failures: number } | { percent: number }
  until?: Condition
  /** The signal that adds an item. */
  append?: string
}

/** A scope again and again. */
export interface LoopStep extends ScopeOptions {
  while?: Condition
  until?: Condition
  maxIterations?: number
}

/** Ends the whole instance. */
export interface EndStep extends StepOptions {
  status?: 'completed' | 'failed'
  output?: unknown
  error?: { code: string; message?: string }
  /** Whether what was completed is undone first. */
  compensate?: boolean
}

/** What a flow may say beside its steps. */
export interface FlowOptions {
  title?: string
  description?: string
  labels?: Record<string, string>
  /** JSON Schema of the input. */
  input?: unknown
  vars?: Record<string, unknown>
  output?: unknown
  onFailure?: 'fail_fast' | 'drain' | 'compensate'
  timeout?: Duration
  sla?: Sla
  pools?: Record<string, number>
  defaults?: {
    activity?: { timeout?: Duration; deadline?: Duration; heartbeat?: Duration; queue?: string; retry?: Retry }
  }
}

type Data = Record<string, unknown>

/** Steps and edges that are being written: of a flow, or of a scope in one. It only builds data. */
export class Scope {
  protected readonly steps: Data[] = []
  protected readonly edges: Data[] = []

  /** Calls a handler. */
  activity(id: string, step: ActivityStep = {}): this {
    return this.#add(id, 'activity', { ...step, handler: step.handler ?? id })
  }

  /** Waits for a person. */
  userTask(id: string, step: UserTaskStep = {}): this {
    return this.#add(id, 'user_task', step)
  }

  /** Waits. */
  timer(id: string, step: TimerStep): this {
    return this.#add(id, 'timer', step)
  }

  /** Waits for a named signal. */
  signal(id: string, step: SignalStep): this {
    return this.#add(id, 'signal', step)
  }

  /** Publishes an event. */
  emit(id: string, step: EmitStep): this {
    return this.#add(id, 'emit', step)
  }

  /** Looks a table up. */
  decision(id: string, step: DecisionStep): this {
    return this.#add(id, 'decision', step)
  }

  /** Sets variables. */
  assign(id: string, step: AssignStep): this {
    return this.#add(id, 'assign', step)
  }

  /** Runs another flow. */
  call(id: string, step: CallStep): this {
    return this.#add(id, 'call', step)
  }

  /** Steps that succeed or fail as one. */
  group(id: string, step: GroupStep, write: (scope: Scope) => void): this {
    return this.#add(id, 'group', step, write)
  }

  /** A scope per item. */
  forEach(id: string, step: ForEachStep, write: (scope: Scope) => void): this {
    return this.#add(id, 'for_each', step, write)
  }

  /** A scope again and again. */
  loop(id: string, step: LoopStep, write: (scope: Scope) => void): this {
    return this.#add(id, 'loop', step, write)
  }

  /** Ends the whole instance. */
  end(id: string, step: EndStep = {}): this {
    return this.#add(id, 'end', step)
  }

  /** An edge between two steps. */
  edge(from: string, to: string, options: EdgeOptions = {}): this {
    this.edges.push({ from, to, ...fields(options) })
    return this
  }

  #add(id: string, type: string, step: object, write?: (scope: Scope) => void): this {
    let inner: Data = {}
    if (write) {
      const scope = new Scope()
      write(scope)
      inner = scope.inside()
    }
    this.steps.push({ id, type, ...fields(step), ...inner })
    return this
  }

  /** @internal */
  inside(): Data {
    return this.edges.length > 0 ? { steps: this.steps, edges: this.edges } : { steps: this.steps }
  }
}

/** A flow that is being written: what `engine.deploy`, `validate`, `simulate` and `draw` take. */
export class Flow extends Scope {
  /** The flow's key. */
  readonly key: string
  readonly #options: FlowOptions

  constructor(key: string, options: FlowOptions = {}) {
    super()
    this.key = key
    this.#options = options
  }

  /** The document. */
  toJSON(): FlowDocument {
    return { flow: this.key, ...fields(this.#options), ...this.inside() } as unknown as FlowDocument
  }
}

/** Names of this language that a definition has otherwise. */
const NAMES: Record<string, string> = {
  maxIterations: 'max_iterations',
  notBy: 'not_by',
  onCancel: 'on_cancel',
  onFailure: 'on_failure',
  whileSuspended: 'while_suspended',
}

/** Fields that hold a length of time. */
const DURATIONS = new Set(['timeout', 'deadline', 'heartbeat', 'delay', 'due', 'target', 'warn', 'initial', 'max', 'after'])

/** Fields that hold more fields of the language; in all others is the author's data. */
const NESTED = new Set(['needs', 'next', 'retry', 'compensate', 'sla', 'escalate', 'defaults', 'activity'])

function fields(given: object): Data {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([name, value]) => [NAMES[name] ?? name, field(name, value)]))
}

function field(name: string, value: unknown): unknown {
  if (typeof value === 'number' && DURATIONS.has(name)) {
    return written(value)
  }
  if (!NESTED.has(name)) {
    return value
  }
  const inner = (one: unknown) => (typeof one === 'object' && one !== null ? fields(one) : one)
  return Array.isArray(value) ? value.map(inner) : inner(value)
}
