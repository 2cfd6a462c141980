/* eslint-disable */
/** What the engine tells. Made by scripts/types.mjs from schema/embed.schema.json. */

export type Timestamp = number
export type Severity = 'error' | 'warning'
export type Drawn = Drawing | string
export type Outcome = 'success' | 'failure' | 'any' | 'escalation' | 'signal'
export type Choose = 'all' | 'first' | 'race'
export type Join = ('all' | 'every' | 'any' | 'each') | number
export type Payload = unknown
export type InstanceId = string
export type StepStatus =
  'pending' | 'active' | 'indeterminate' | 'completed' | 'failed' | 'skipped' | 'cancelled'
export type InstanceStatus = 'pending' | 'running' | 'suspended' | 'completed' | 'failed' | 'aborted'
export type TaskId = string
export type TaskPriority = 'low' | 'normal' | 'high' | 'urgent'
export type TaskStatus = 'offered' | 'claimed'
export type Purpose = 'run' | 'check' | 'compensate'
export type Span = number

export interface Told {
  answers: Answers
  job: Job
  problem: Problem
  report: Report
  validation: Validation
}
export interface Answers {
  act: null
  count: number
  definitions: DefinitionSummary[]
  deploy: Deployed
  draw: Drawn
  explain: Explanation
  find: InstanceId | null
  follow: number
  get: InstanceView
  history: HistoryEntry[]
  instances: InstancePage
  label: null
  load: Load
  message: InstanceId[]
  next: EventPage
  operate: null
  outcome: InstanceOutcome | null
  shutdown: null
  signal: null
  start: Started
  summary: InstanceSummary
  task: TaskView
  tasks: TaskPage
  unfollow: boolean
  verify: Verified
  wait: InstanceOutcome
}
export interface DefinitionSummary {
  deployed: Timestamp
  flow: string
  labels: string[]
  version: number
}
export interface Deployed {
  diagnostics: Diagnostic[]
  flow: string
  version: number
}
export interface Diagnostic {
  code: string
  column: number
  help: string | null
  line: number
  message: string
  path: string
  severity: Severity
}
export interface Drawing {
  edges: DrawnEdge[]
  flow: string
  regions: DrawnRegion[]
  scopes: DrawnScope[]
  steps: DrawnStep[]
}
export interface DrawnEdge {
  back?: number
  else?: boolean
  from: number
  label?: string
  max_iterations?: number
  on: Outcome
  signal?: string
  source: string
  to: number
  when?: string
}
export interface DrawnRegion {
  head: number
  parent?: number
  scope: number
  steps: number[]
}
export interface DrawnScope {
  levels: number[][]
  owner?: number
  sinks: number[]
  starts: number[]
  steps: number[]
}
export interface DrawnStep {
  choose: Choose
  id: string
  inner?: number
  join: Join
  level: number
  path: string
  region?: number
  scope: number
  source: string
  title: string
  type: string
}
export interface Explanation {
  error?: Failure
  flow: string
  instance: InstanceId
  kept_signals: string[]
  passed_over: Passed[]
  status: InstanceStatus
  summary: string
  waiting: Waiting[]
}
export interface Failure {
  attempt?: number
  code: string
  details?: Payload
  message: string
  step?: string
}
export interface Passed {
  reason: string
  status: StepStatus
  step: string
}
export interface Waiting {
  assignee?: string
  came_by: Arrival[]
  candidates?: CandidateSet
  kind: string
  reason: string
  since: Timestamp
  step: string
  until?: Timestamp
}
export interface Arrival {
  from: string
  values?: [string, Payload][]
  when?: string
}
export interface CandidateSet {
  groups?: string[]
  roles?: string[]
  users?: string[]
}
export interface InstanceView {
  ended?: Timestamp
  error?: Failure
  flow: string
  id: InstanceId
  input: Payload
  key?: string
  labels: {
    [k: string]: string
  }
  output: Payload
  parent?: ParentRef
  seq: number
  started: Timestamp
  status: InstanceStatus
  steps: {
    [k: string]: StepRecord
  }
  vars: {
    [k: string]: Payload
  }
  version: number
}
export interface ParentRef {
  /**
   * @minItems 3
   * @maxItems 3
   */
  at: [number, number, number]
  depth: number
  instance: InstanceId
  wait: boolean
}
export interface StepRecord {
  attempts: number
  compensated?: boolean
  ended?: Timestamp
  error?: Failure
  iteration: number
  output: Payload
  started?: Timestamp
  status: StepStatus
}
export interface HistoryEntry {
  at_ms: Timestamp
  seq: number
  step?: string
  type: string
  [k: string]: unknown
}
export interface InstancePage {
  instances: InstanceSummary[]
  next: string | null
}
export interface InstanceSummary {
  ended: Timestamp | null
  error_code: string | null
  flow: string
  id: InstanceId
  key: string | null
  labels: {
    [k: string]: string
  }
  parent: InstanceId | null
  seq: number
  started: Timestamp
  status: InstanceStatus
  version: number
}
export interface Load {
  queued: number
  running: number
  shards: number[]
}
export interface EventPage {
  events: PublishedEvent[]
  position: number
}
export interface PublishedEvent {
  at_ms: Timestamp
  flow: string
  instance: InstanceId
  position: number
  seq: number
  step?: string
  type: string
  [k: string]: unknown
}
export interface InstanceOutcome {
  error: Failure | null
  operator: Operator | null
  output: Payload
  status: InstanceStatus
}
export interface Operator {
  by: string
  reason?: string
}
export interface Started {
  existing: boolean
  id: InstanceId
}
export interface TaskView {
  assignee?: string
  /**
   * @minItems 3
   * @maxItems 3
   */
  at: [number, number, number]
  candidates: CandidateSet
  created: Timestamp
  data: Payload
  due?: Timestamp
  escalated: boolean
  excluded?: string[]
  flow: string
  form: Payload
  id: TaskId
  key?: string
  outcomes?: string[]
  priority: TaskPriority
  status: TaskStatus
  step: string
  title: string
}
export interface TaskPage {
  next: string | null
  tasks: TaskView[]
}
export interface Verified {
  audit: Verification
  ok: boolean
}
export interface Verification {
  events: number
  findings: Finding[]
  instances: number
  moving: number
  rows: number
  snapshots: number
  tasks: number
}
export interface Finding {
  code: string
  expected: string
  found: string
  help: string
  instance: InstanceId
  position: number | null
}
export interface Job {
  attempt: number
  deadline: Timestamp | null
  handler: string
  id: number
  idempotency_key: string
  input: Payload
  instance: InstanceId
  last_heartbeat: Payload | null
  purpose: Purpose
  step: string
}
export interface Problem {
  code: string
  context: {
    [k: string]: unknown
  }
  diagnostics?: Diagnostic[]
  message: string
  retryable: boolean
}
export interface Report {
  duration_ms: Span
  error: Failure | null
  events: HistoryEntry[]
  output: Payload
  refused?: string[]
  status: InstanceStatus
  steps: {
    [k: string]: StepReport
  }
  waiting?: Explanation
}
export interface StepReport {
  attempts: number
  ended_ms: number | null
  error: Failure | null
  iteration: number
  output: Payload
  started_ms: number | null
  status: StepStatus
}
export interface Validation {
  diagnostics: Diagnostic[]
  ok: boolean
}
