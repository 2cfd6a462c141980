/* eslint-disable */
/** What is said to the engine. Made by scripts/types.mjs from schema/embed.schema.json. */

export type Payload = unknown
export type Request =
  | {
      deploy: {
        source: unknown
      }
    }
  | {
      start: Start
    }
  | {
      wait: {
        instance: InstanceId
        timeout_ms?: number | null
      }
    }
  | {
      outcome: {
        instance: InstanceId
      }
    }
  | {
      get: {
        instance: InstanceId
      }
    }
  | {
      summary: {
        instance: InstanceId
      }
    }
  | {
      history: {
        instance: InstanceId
      }
    }
  | {
      explain: {
        instance: InstanceId
      }
    }
  | {
      find: {
        flow: string
        key: string
      }
    }
  | {
      instances: InstancesQuery
    }
  | {
      count: InstancesQuery
    }
  | {
      signal: {
        correlation?: string | null
        id?: string | null
        instance: InstanceId
        name: string
        payload?: Payload
        ttl_ms?: number | null
      }
    }
  | {
      message: {
        correlation: string
        name: string
        payload?: Payload
      }
    }
  | {
      operate: {
        act: Act
        instance: InstanceId
        operator: Operator
      }
    }
  | {
      tasks: TasksQuery
    }
  | {
      task: {
        task: TaskId
      }
    }
  | {
      act: {
        act: TaskAct
        actor: Actor
        request?: string | null
        task: TaskId
      }
    }
  | {
      definitions: {}
    }
  | {
      draw: {
        flow: string
        format?: Picture
        version?: number | null
      }
    }
  | {
      label: {
        flow: string
        label: string
        version: number
      }
    }
  | {
      verify: {
        instance?: InstanceId | null
      }
    }
  | {
      follow: {
        after: number
        instance?: InstanceId | null
      }
    }
  | {
      next: {
        limit: number
        stream: number
      }
    }
  | {
      unfollow: {
        stream: number
      }
    }
  | {
      load: {}
    }
  | {
      shutdown: {
        grace_ms: number
      }
    }
export type InstanceId = string
export type Timestamp = number
export type InstanceStatus = 'pending' | 'running' | 'suspended' | 'completed' | 'failed' | 'aborted'
export type Act =
  | {
      suspend: {}
    }
  | {
      resume: {}
    }
  | {
      abort: {
        compensate?: boolean
        force?: boolean
      }
    }
  | {
      retry: {
        anew?: boolean
        step: string
      }
    }
  | {
      skip: {
        step: string
      }
    }
  | {
      complete_step: {
        output?: Payload
        step: string
      }
    }
export type TaskPriority = 'low' | 'normal' | 'high' | 'urgent'
export type TaskId = string
export type TaskAct =
  | {
      claim: {}
    }
  | {
      release: {}
    }
  | {
      complete: {
        data?: Payload
        outcome?: string | null
      }
    }
  | {
      reassign: {
        to: string
      }
    }
  | {
      escalate: {
        reason?: string
        to: string
      }
    }
export type Picture = 'json' | 'mermaid' | 'dot'

export interface Said {
  failure: ActivityError
  options: Options
  request: Request
  simulation: Simulate
}
export interface ActivityError {
  code: string
  details?: Payload
  heartbeat?: Payload | null
  message: string
  retryable: boolean
}
export interface Options {
  calls?: number | null
  cancel_grace_ms?: number | null
  concurrency?: number | null
  handlers?: readonly string[]
  lease_ms?: number | null
  members?: Members | null
  park_after_ms?: number | null
  payload?: number | null
  poll_ms?: number | null
  pools?: {
    [k: string]: number
  }
  queues?: {
    [k: string]: number
  }
  remote_timeout_ms?: number | null
  resident?: number | null
  shards?: number | null
  threads?: number | null
  want_shards?: number | null
  window?: number | null
}
export interface Members {
  groups?: {
    [k: string]: readonly string[]
  }
  roles?: {
    [k: string]: readonly string[]
  }
}
export interface Start {
  flow: string
  id?: InstanceId | null
  input?: Payload
  key?: string | null
  labels?: {
    [k: string]: string
  }
  refuse_existing?: boolean
  version?: number | null
  version_label?: string | null
}
export interface InstancesQuery {
  after?: string | null
  flow?: string | null
  labels?: {
    [k: string]: string
  }
  limit?: number | null
  parent?: InstanceId | null
  started_before?: Timestamp | null
  started_from?: Timestamp | null
  status?: readonly InstanceStatus[]
}
export interface Operator {
  by: string
  reason?: string
}
export interface TasksQuery {
  after?: string | null
  assignee?: string | null
  due_before?: Timestamp | null
  flow?: string | null
  instance?: InstanceId | null
  limit?: number | null
  oldest_first?: boolean
  priority?: TaskPriority | null
  unassigned?: boolean
  visible_to?: Actor | null
}
export interface Actor {
  groups?: readonly string[]
  id: string
  roles?: readonly string[]
}
export interface Simulate {
  flows?: readonly unknown[]
  input?: unknown
  key?: string | null
  script?: Script
  source: unknown
  workers?: number | null
}
export interface Script {
  default?: Entry | null
  signals?: readonly ScriptedSignal[]
  steps?: {
    [k: string]: readonly Entry[]
  }
}
export interface Entry {
  after?: string
  by?: string | null
  error?: ScriptedError | null
  output?: unknown
}
export interface ScriptedError {
  code: string
  details?: unknown
  message?: string
  retryable?: boolean | null
}
export interface ScriptedSignal {
  at: string
  correlation?: string | null
  id?: string | null
  name: string
  payload?: unknown
}
