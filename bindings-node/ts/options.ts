import type { Handler, Logger } from './activity.js'
import { optional } from './duration.js'
import { encode } from './json.js'
import type { Duration } from './types.js'
import type { Options } from './wire/said.js'

/** What an engine is opened with. Everything may be left out. */
export interface EngineOptions {
  /** Handlers that are there from the start, by name. */
  activities?: Record<string, Handler>
  /** Resources that activities share, and how much of each there is in this process. */
  pools?: Record<string, number>
  /** How many activities of a queue run side by side in this process. */
  queues?: Record<string, number>
  /** Who belongs to which role and group, for tasks that are given to people. */
  members?: { roles?: Record<string, readonly string[]>; groups?: Record<string, readonly string[]> }
  /** How many handlers run side by side. */
  concurrency?: number
  /** How many threads the engine has (one per core, at most 4). */
  threads?: number
  /** Into how many parts the instances of a new database are divided. */
  shards?: number
  /** How many of them this process wants; its fair share otherwise. */
  wantShards?: number
  /** How many commits may be under way. */
  window?: number
  /** How long a part stays this process's without a word from it. */
  lease?: Duration
  /** After how long without anything to do an instance leaves memory. */
  parkAfter?: Duration
  /** How often it is looked whether other processes have left something to do. */
  poll?: Duration
  /** How long other processes may take to answer. */
  remoteTimeout?: Duration
  /** How long a handler that is not wanted any more may take to end. */
  cancelGrace?: Duration
  /** How many instances are kept in memory. */
  resident?: number
  /** How many calls may wait at once. */
  calls?: number
  /** How large a payload may be, in bytes. */
  payload?: number
  /** Where handlers write (`console`). */
  logger?: Logger
}

/** The options in JSON, as the bridge has them. */
export function encoded(options: EngineOptions): string {
  const { pools, queues, members, concurrency, threads, shards, window, resident, calls, payload } = options
  const said: Options = {
    pools,
    queues,
    members,
    concurrency,
    threads,
    shards,
    window,
    resident,
    calls,
    payload,
    handlers: Object.keys(options.activities ?? {}),
    want_shards: options.wantShards,
    lease_ms: optional(options.lease),
    park_after_ms: optional(options.parkAfter),
    poll_ms: optional(options.poll),
    remote_timeout_ms: optional(options.remoteTimeout),
    cancel_grace_ms: optional(options.cancelGrace),
  }
  return encode(said, 'an option')
}
