/** A length of time: milliseconds, or text such as `500ms`, `30s`, `5m`, `2h`, `1d`, `PT30S`. */
export type Duration = number | string

/** Where an instance stands. */
export type InstanceStatus = 'pending' | 'running' | 'suspended' | 'completed' | 'failed' | 'aborted'

/** Where a step stands. */
export type StepStatus =
  | 'pending'
  | 'active'
  | 'indeterminate'
  | 'completed'
  | 'failed'
  | 'skipped'
  | 'cancelled'

/** How soon people should look at a task. */
export type TaskPriority = 'low' | 'normal' | 'high' | 'urgent'

/** One finding in a definition. */
export interface Diagnostic {
  severity: 'error' | 'warning'
  code: string
  message: string
  /** From 1; 0 where the definition did not come from a text. */
  line: number
  /** From 1; 0 where the definition did not come from a text. */
  column: number
  /** The place in the document, for example `steps[2].next[0].when`. */
  path: string
  /** How to mend it. */
  help: string | null
}

/** Why a step or an instance failed. */
export interface Failure {
  code: string
  message: string
  details?: unknown
  /** The path of the step that failed first. */
  step?: string
  /** Which attempt it was, from 1. */
  attempt?: number
}

/** A definition that is in the store. */
export interface Deployed {
  flow: string
  version: number
  /** Warnings. */
  diagnostics: Diagnostic[]
}

/** A version of a flow. */
export interface DefinitionSummary {
  flow: string
  version: number
  deployed: Date
  labels: string[]
}

/** How an instance ended. */
export interface Outcome<Out = unknown> {
  status: 'completed' | 'failed' | 'aborted'
  /** `null` unless it completed. */
  output: Out
  error: Failure | null
  /** Who aborted it and why, if somebody did. */
  operator: Operator | null
}

/** Who operated on an instance. */
export interface Operator {
  by: string
  reason?: string
}

/** An instance's row. */
export interface InstanceSummary {
  id: string
  flow: string
  version: number
  key: string | null
  status: InstanceStatus
  labels: Record<string, string>
  parent: string | null
  started: Date
  ended: Date | null
  errorCode: string | null
  /** How many events it has. */
  seq: number
}

/** What became of a step. */
export interface StepRecord {
  status: StepStatus
  iteration: number
  attempts: number
  started: Date | null
  ended: Date | null
  output: unknown
  error: Failure | null
  compensated: boolean
}

/** Everything about an instance. */
export interface InstanceView {
  id: string
  flow: string
  version: number
  key: string | null
  labels: Record<string, string>
  parent: { instance: string; depth: number; wait: boolean } | null
  status: InstanceStatus
  started: Date
  ended: Date | null
  input: unknown
  vars: Record<string, unknown>
  output: unknown
  error: Failure | null
  /** By path. */
  steps: Record<string, StepRecord>
  /** How many events it has. */
  seq: number
}

/** Something that happened to an instance: its own fields as in every other language. */
export interface HistoryEntry {
  /** Counts the instance's events, from 1. */
  seq: number
  /** When it was decided, in milliseconds since 1970. */
  at_ms: number
  type: string
  /** The path of the step that it happened to, if it happened to one. */
  step?: string
  [field: string]: unknown
}

/** Something that happened, as a stream tells it. */
export interface FlowEvent extends HistoryEntry {
  instance: string
  flow: string
  /** The place among all events of the store: where to go on with `after`. */
  position: number
}

/** Why an instance is where it is. */
export interface Explanation {
  instance: string
  flow: string
  status: InstanceStatus
  /** One sentence that says it. */
  summary: string
  /** What it waits for, longest waiting first. */
  waiting: Waiting[]
  /** Steps that did not run, and why. */
  passedOver: { step: string; status: StepStatus; reason: string }[]
  /** Signals that came and that nobody has waited for. */
  keptSignals: string[]
  error: Failure | null
}

/** A step that waits. */
export interface Waiting {
  step: string
  kind: string
  reason: string
  since: Date
  /** When something will happen by itself. */
  until: Date | null
  /** Who could act, for a user task. */
  candidates: Candidates | null
  /** Who has it, for a user task. */
  assignee: string | null
  /** The edges by which control came here. */
  cameBy: { from: string; when: string | null; values: [string, unknown][] }[]
}

/** Who may take a task. */
export interface Candidates {
  roles: string[]
  groups: string[]
  users: string[]
}

/** An open user task. */
export interface Task<Data = unknown> {
  id: string
  flow: string
  /** The instance that it belongs to. */
  instance: string
  /** The instance's key. */
  key: string | null
  /** The step's path. */
  step: string
  title: string
  /** Whether somebody has it. */
  status: 'offered' | 'claimed'
  assignee: string | null
  candidates: Candidates
  /** Who may not take it, because they did another step. */
  excluded: string[]
  priority: TaskPriority
  /** What the person is shown. */
  data: Data
  /** JSON Schema of the result. */
  form: unknown
  outcomes: string[]
  created: Date
  due: Date | null
  escalated: boolean
}

/** Who acts on a task: an id alone, or with roles and groups. */
export type Actor = string | { id: string; roles?: readonly string[]; groups?: readonly string[] }

/** Who operates on an instance, and why. */
export interface OperatorOptions {
  by?: string
  reason?: string
}

/** A page of something. */
export interface Page<T> {
  items: T[]
  /** Where the next page begins (`after`); `null` on the last one. */
  next: string | null
}

/** Which instances; everything given must hold. */
export interface InstanceFilter {
  flow?: string
  status?: InstanceStatus | readonly InstanceStatus[]
  labels?: Record<string, string>
  /** Called by this instance. */
  parent?: string
  startedFrom?: Date | number
  startedBefore?: Date | number
  /** At most so many (100). */
  limit?: number
  /** The `next` of the page before. */
  after?: string | null
}

/** Which tasks; everything given must hold. */
export interface TaskFilter {
  /** Those that this person has or may take. */
  visibleTo?: Actor
  assignee?: string
  unassigned?: boolean
  flow?: string
  instance?: string
  priority?: TaskPriority
  dueBefore?: Date | number
  /** Oldest first, in place of most urgent first. */
  oldestFirst?: boolean
  /** At most so many (100). */
  limit?: number
  /** The `next` of the page before. */
  after?: string | null
}

/** How an instance begins. */
export interface StartOptions {
  /** The caller's own key, unique in the flow. */
  key?: string
  /** What a key that is taken gives: the instance that has it, or an `AlreadyExistsError`. */
  ifExists?: 'return' | 'refuse'
  /** An id that was drawn before. */
  id?: string
  /** Words to find it by. */
  labels?: Record<string, string>
  version?: number
  /** The version that carries this label. */
  versionLabel?: string
}

/** How a wait may end early. The instance goes on. */
export interface WaitOptions {
  /** For how long at most; then a `WaitTimedOutError`. */
  timeout?: Duration
  /** Gives the wait up; then an `AbortError`. */
  signal?: AbortSignal
}

/** How a signal is sent. */
export interface SignalOptions {
  /** The sender's id for it: a second one with the same id changes nothing. */
  id?: string
  correlation?: string
  /** How long it is kept when nobody waits for it yet. */
  ttl?: Duration
}

/** Where a stream of events begins. */
export interface EventOptions {
  /** Behind which position; from now on otherwise. */
  after?: number
  /** Only what happens to this instance. */
  instance?: string
  /** Ends the stream. */
  signal?: AbortSignal
  /** How many events are fetched at once (256). */
  batch?: number
}

/** How much work there is in this process. */
export interface Load {
  queued: number
  running: number
  shards: number[]
}

/** What a check of histories found. */
export interface Verification {
  ok: boolean
  audit: Audit
}

/** What was looked at, and what is wrong with it. */
export interface Audit {
  instances: number
  /** Rows of history. */
  rows: number
  events: number
  snapshots: number
  /** Open tasks. */
  tasks: number
  /** Instances that changed all the while: of these only the history was looked at. */
  moving: number
  findings: Finding[]
}

/** Something that is not as it was written. */
export interface Finding {
  code: string
  instance: string
  /** At which event of its history. */
  position: number | null
  expected: string
  found: string
  /** How to mend it. */
  help: string
}

/** What a check of a definition found. */
export interface Validation {
  ok: boolean
  diagnostics: Diagnostic[]
}
