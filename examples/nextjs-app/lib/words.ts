import type { HistoryEntry, InstanceStatus, StepStatus } from 'flowwright'

/** What a status is called. */
export const STATUS_WORDS: Record<InstanceStatus | StepStatus, string> = {
  pending: 'Not yet',
  running: 'Running',
  suspended: 'On hold',
  active: 'Under way',
  indeterminate: 'Needs a look',
  completed: 'Completed',
  failed: 'Failed',
  aborted: 'Aborted',
  skipped: 'Not needed',
  cancelled: 'Cancelled',
}

/** `debt_ratio` and `underwriting_manager`, as people write it. */
export function spaced(name: string): string {
  const words = name.replaceAll(/[_./]+/g, ' ').trim()
  return capital(words)
}

const TIME = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'UTC' })
const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

/** A time of the day (UTC). */
export function clock(at: Date | number): string {
  return TIME.format(at)
}

/** A day with its time (UTC). */
export function moment(at: Date): string {
  return `${DAY.format(at)} UTC`
}

/** A value as people read it. */
export function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return String(Math.round(value * 100) / 100)
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.length ? value.map(shown).join(', ') : 'none'
  return Object.keys(value as object).length ? JSON.stringify(value) : '–'
}

const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g

/** A sentence of the engine with its points in time as people write them. */
export function sentence(text: string): string {
  return text.replace(INSTANT, (instant) => moment(new Date(instant)))
}

/** With a capital letter at the beginning. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

type Teller = (entry: HistoryEntry) => string

const who = (entry: HistoryEntry) => {
  const by = (entry.by ?? entry.operator) as { id?: string; by?: string; reason?: string } | string | undefined
  if (typeof by === 'string') return ` by ${by}`
  const name = by?.id ?? by?.by
  return (name ? ` by ${name}` : '') + (by?.reason ? `: ${by.reason}` : '')
}

const said = (entry: HistoryEntry) => {
  const error = (entry.error ?? entry.failure) as { code?: string; message?: string } | undefined
  return error ? `: ${error.message || error.code}` : ''
}

const TOLD: Record<string, Teller> = {
  instance_started: () => 'Started',
  instance_ended: (entry) => `Ended: ${shown(entry.status ?? '').toLowerCase()}${said(entry)}`,
  step_activated: (entry) => (entry.kind === 'user_task' ? 'Offered to people' : 'Began'),
  step_completed: () => 'Completed',
  step_failed: (entry) => `Failed${said(entry)}`,
  step_skipped: () => 'Not needed',
  step_cancelled: () => 'Cancelled',
  step_indeterminate: () => 'Its outcome is not known',
  attempt_started: () => 'Attempt began',
  attempt_failed: (entry) => `Attempt failed${said(entry)}`,
  attempt_lost: () => 'Attempt lost with its process',
  task_done: (entry) => `Done${who(entry)}`,
  task_changed: (entry) => `Task ${(entry.change as { type?: string }).type ?? 'changed'}${who(entry.change as HistoryEntry)}`,
  signal_delivered: (entry) => `Got the signal ${(entry.signal as { name?: string })?.name ?? ''}`,
  frame_opened: () => 'What is inside begins',
  frame_completed: () => 'All inside is done',
  frame_failed: (entry) => `Something inside failed${said(entry)}`,
  region_restarted: () => 'Once more',
  region_ended: () => 'No more rounds',
  sla_warned: () => 'Soon late',
  sla_missed: () => 'Late',
  suspended: (entry) => `Put on hold${who(entry)}`,
  resumed: (entry) => `Goes on again${who(entry)}`,
  input_deferred: () => 'Something came and waits',
  deferred_taken: () => 'What waited is looked at',
  compensation_started: () => 'What was done is undone, newest first',
  step_compensating: () => 'Being undone',
  step_compensated: () => 'Undone',
  compensation_failed: (entry) => `Could not be undone${said(entry)}`,
}

/** Something that happened, in words. */
export function told(entry: HistoryEntry): string {
  return TOLD[entry.type]?.(entry) ?? spaced(entry.type)
}
