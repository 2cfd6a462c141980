import type { Duration, Explanation, Failure, HistoryEntry, InstanceStatus, StepStatus } from './types.js'

/** The outcome of one execution in a simulation. */
export interface ScriptEntry {
  after?: Duration
  /** For a user task `{outcome, data}`, or the data alone. */
  output?: unknown
  error?: { code: string; message?: string; retryable?: boolean; details?: unknown }
  /** Who does it, if it is a user task. */
  by?: string
}

/** What a simulation plays. */
export interface Script {
  /** Outcomes by step; the last repeats. */
  steps?: Record<string, readonly ScriptEntry[]>
  /** The outcome of everything else. */
  default?: ScriptEntry
  signals?: readonly { at: Duration; name: string; payload?: unknown; id?: string; correlation?: string }[]
}

/** What a simulation gave. */
export interface Report {
  /** `running` if nothing more can happen by itself. */
  status: InstanceStatus
  output: unknown
  error: Failure | null
  durationMs: number
  /** By path. */
  steps: Record<
    string,
    {
      status: StepStatus
      iteration: number
      attempts: number
      startedMs: number | null
      endedMs: number | null
      output: unknown
      error: Failure | null
    }
  >
  events: HistoryEntry[]
  /** What it still waits for, if it has not ended. */
  waiting: Explanation | null
  /** What the script asked for and was refused. */
  refused: string[]
}
