/** What the engine tells, as typed objects: names in camel case, points in time as dates. Payloads are not touched. */
import type {
  Actor,
  Candidates,
  DefinitionSummary,
  Explanation,
  InstanceFilter,
  InstanceSummary,
  InstanceView,
  StepRecord,
  Task,
  TaskFilter,
} from './types.js'
import type { Report } from './script.js'
import type * as said from './wire/said.js'
import type * as told from './wire/told.js'

const date = (millis: number | null | undefined): Date | null => (millis == null ? null : new Date(millis))
const millis = (time: Date | number | undefined): number | undefined =>
  time === undefined ? undefined : Number(time)
const candidates = ({ roles = [], groups = [], users = [] }: told.CandidateSet): Candidates => ({
  roles,
  groups,
  users,
})
const each = <In, Out>(table: Record<string, In>, one: (value: In) => Out): Record<string, Out> =>
  Object.fromEntries(Object.entries(table).map(([name, value]) => [name, one(value)]))

export function definition(raw: told.DefinitionSummary): DefinitionSummary {
  return { flow: raw.flow, version: raw.version, deployed: new Date(raw.deployed), labels: raw.labels }
}

export function summary(raw: told.InstanceSummary): InstanceSummary {
  const { error_code, started, ended, ...same } = raw
  return {
    ...same,
    started: new Date(started),
    ended: date(ended),
    errorCode: error_code,
  }
}

function step(raw: told.StepRecord): StepRecord {
  return {
    status: raw.status,
    iteration: raw.iteration,
    attempts: raw.attempts,
    started: date(raw.started),
    ended: date(raw.ended),
    output: raw.output,
    error: raw.error ?? null,
    compensated: raw.compensated ?? false,
  }
}

export function view(raw: told.InstanceView): InstanceView {
  const parent = raw.parent
  return {
    id: raw.id,
    flow: raw.flow,
    version: raw.version,
    key: raw.key ?? null,
    labels: raw.labels,
    parent: parent ? { instance: parent.instance, depth: parent.depth, wait: parent.wait } : null,
    status: raw.status,
    started: new Date(raw.started),
    ended: date(raw.ended),
    input: raw.input,
    vars: raw.vars,
    output: raw.output,
    error: raw.error ?? null,
    steps: each(raw.steps, step),
    seq: raw.seq,
  }
}

export function explanation(raw: told.Explanation): Explanation {
  return {
    instance: raw.instance,
    flow: raw.flow,
    status: raw.status,
    summary: raw.summary,
    waiting: raw.waiting.map((waiting) => ({
      step: waiting.step,
      kind: waiting.kind,
      reason: waiting.reason,
      since: new Date(waiting.since),
      until: date(waiting.until),
      candidates: waiting.candidates ? candidates(waiting.candidates) : null,
      assignee: waiting.assignee ?? null,
      cameBy: waiting.came_by.map((arrival) => ({
        from: arrival.from,
        when: arrival.when ?? null,
        values: arrival.values ?? [],
      })),
    })),
    passedOver: raw.passed_over,
    keptSignals: raw.kept_signals,
    error: raw.error ?? null,
  }
}

export function task(raw: told.TaskView): Task {
  const { id } = raw
  return {
    id,
    flow: raw.flow,
    instance: id.slice(0, id.lastIndexOf('.')),
    key: raw.key ?? null,
    step: raw.step,
    title: raw.title,
    status: raw.status,
    assignee: raw.assignee ?? null,
    candidates: candidates(raw.candidates),
    excluded: raw.excluded ?? [],
    priority: raw.priority,
    data: raw.data,
    form: raw.form,
    outcomes: raw.outcomes ?? [],
    created: new Date(raw.created),
    due: date(raw.due),
    escalated: raw.escalated,
  }
}

export function report(raw: told.Report): Report {
  return {
    status: raw.status,
    output: raw.output,
    error: raw.error ?? null,
    durationMs: raw.duration_ms,
    steps: each(raw.steps, ({ started_ms, ended_ms, ...same }) => ({
      ...same,
      startedMs: started_ms,
      endedMs: ended_ms,
    })),
    events: raw.events,
    waiting: raw.waiting ? explanation(raw.waiting) : null,
    refused: raw.refused ?? [],
  }
}

export function actor(actor: Actor): said.Actor {
  return typeof actor === 'string' ? { id: actor } : { id: actor.id, roles: actor.roles, groups: actor.groups }
}

export function instancesQuery(filter: InstanceFilter): said.InstancesQuery {
  const { flow, status, labels, parent, startedFrom, startedBefore, limit, after } = filter
  return {
    flow,
    status: typeof status === 'string' ? [status] : status,
    labels,
    parent,
    started_from: millis(startedFrom),
    started_before: millis(startedBefore),
    limit,
    after: after ?? undefined,
  }
}

export function tasksQuery(filter: TaskFilter): said.TasksQuery {
  const { visibleTo, assignee, unassigned, flow, instance, priority, dueBefore, oldestFirst, limit, after } = filter
  return {
    visible_to: visibleTo === undefined ? undefined : actor(visibleTo),
    assignee,
    unassigned,
    flow,
    instance,
    priority,
    due_before: millis(dueBefore),
    oldest_first: oldestFirst,
    limit,
    after: after ?? undefined,
  }
}
