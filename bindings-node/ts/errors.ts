import type { Diagnostic, Failure, Operator } from './types.js'
import type * as told from './wire/told.js'

/** An error as the engine tells it. */
export type Problem = Omit<told.Problem, 'context'> & Partial<Pick<told.Problem, 'context'>>

/** What all errors of the engine are. Their classes and codes are the same in every language. */
export class FlowwrightError extends Error {
  /** The stable code of its class. */
  readonly code: string
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean
  /** Where or with what it happened. */
  readonly context: Readonly<Record<string, unknown>>
  /** What is wrong with a definition, finding by finding. */
  readonly diagnostics: readonly Diagnostic[]

  constructor(problem: Problem) {
    super(problem.message)
    this.code = problem.code
    this.retryable = problem.retryable
    this.context = problem.context ?? {}
    this.diagnostics = problem.diagnostics ?? []
  }

  override get name(): string {
    return this.constructor.name
  }
}

/** An argument is not what it must be. Mend the call. */
export class InvalidArgumentError extends FlowwrightError {}
/** A definition has errors, which `diagnostics` lists. */
export class InvalidDefinitionError extends FlowwrightError {}
/** The input of an instance, the form of a task or a payload does not satisfy its schema. */
export class InvalidInputError extends FlowwrightError {}
/** No such definition, instance, step or task. */
export class NotFoundError extends FlowwrightError {}
/** It exists already, and the caller asked for a refusal in that case. */
export class AlreadyExistsError extends FlowwrightError {}
/** Somebody else was first: the task is claimed or completed, the step has moved on. */
export class ConflictError extends FlowwrightError {}
/** The actor may not do that. */
export class ForbiddenError extends FlowwrightError {}
/** The instance is suspended; resume it first. */
export class InstanceSuspendedError extends FlowwrightError {}
/** The instance has ended. */
export class InstanceClosedError extends FlowwrightError {}
/** The step is in no state in which that can be done to it. */
export class StepStateError extends FlowwrightError {}
/** A payload or document is larger than its bound. */
export class TooLargeError extends FlowwrightError {}
/** A bound other than size was reached: kept signals, steps, depth. */
export class LimitReachedError extends FlowwrightError {}
/** The queue is full. Try again later. */
export class OverloadedError extends FlowwrightError {}
/** The lease was lost: another process owns the instance now. Try again. */
export class LeaseLostError extends FlowwrightError {}
/** The store cannot be reached or is busy. Try again. */
export class StoreUnavailableError extends FlowwrightError {}
/** The database was written by a newer release. */
export class StoreNewerError extends FlowwrightError {}
/** The database belongs to something else. */
export class StoreForeignError extends FlowwrightError {}
/** What the store holds does not make sense. */
export class CorruptError extends FlowwrightError {}
/** The wait ended before what it waited for happened. What was waited for goes on. */
export class WaitTimedOutError extends FlowwrightError {}
/** The engine is shutting down. */
export class ShuttingDownError extends FlowwrightError {}
/** The engine was opened in another process. Open one here. */
export class WrongProcessError extends FlowwrightError {}
/** A fault of the engine's own. Please report it. */
export class InternalError extends FlowwrightError {}

/** The class of every code. */
export const ERROR_CLASSES = {
  invalid_argument: InvalidArgumentError,
  invalid_definition: InvalidDefinitionError,
  invalid_input: InvalidInputError,
  not_found: NotFoundError,
  already_exists: AlreadyExistsError,
  conflict: ConflictError,
  forbidden: ForbiddenError,
  instance_suspended: InstanceSuspendedError,
  instance_closed: InstanceClosedError,
  step_state: StepStateError,
  too_large: TooLargeError,
  limit_reached: LimitReachedError,
  overloaded: OverloadedError,
  lease_lost: LeaseLostError,
  store_unavailable: StoreUnavailableError,
  store_newer: StoreNewerError,
  store_foreign: StoreForeignError,
  corrupt: CorruptError,
  wait_timed_out: WaitTimedOutError,
  shutting_down: ShuttingDownError,
  wrong_process: WrongProcessError,
  internal: InternalError,
} as const satisfies Record<string, typeof FlowwrightError>

/** The code of a class of errors. */
export type ErrorCode = keyof typeof ERROR_CLASSES

/** The error of a problem, in its class. */
export function errorOf(problem: Problem): FlowwrightError {
  const Class = (ERROR_CLASSES as Record<string, typeof FlowwrightError>)[problem.code] ?? FlowwrightError
  return new Class(problem)
}

/** What the bridge has thrown: the message is the problem in JSON. */
export function errorOfBridge(thrown: unknown): unknown {
  if (thrown instanceof Error && thrown.message.startsWith('{')) {
    try {
      return errorOf(JSON.parse(thrown.message) as Problem)
    } catch {
      return thrown
    }
  }
  return thrown
}

/** An argument that is refused on this side already. */
export function invalidArgument(message: string): InvalidArgumentError {
  return new InvalidArgumentError({ code: 'invalid_argument', message, retryable: false })
}

/** What `result()` of an instance that has failed throws. */
export class InstanceFailed extends FlowwrightError {
  /** The instance. */
  readonly instance: string
  /** Why it failed. */
  readonly error: Failure

  constructor(instance: string, error: Failure) {
    const step = error.step ? ` at step ${error.step}` : ''
    const what = [error.code, error.message].filter(Boolean).join(': ')
    const message = `instance ${instance} has failed${step}: ${what}`
    super({ code: 'instance_failed', message, retryable: false, context: { instance } })
    this.instance = instance
    this.error = error
  }
}

/** What `result()` of an instance that an operator has ended throws. */
export class InstanceAborted extends FlowwrightError {
  /** The instance. */
  readonly instance: string
  /** Who aborted it, and why. */
  readonly operator: Operator | null

  constructor(instance: string, operator: Operator | null) {
    const by = operator ? ` by ${operator.by}` : ''
    const why = operator?.reason ? `: ${operator.reason}` : ''
    const message = `instance ${instance} was aborted${by}${why}`
    super({ code: 'instance_aborted', message, retryable: false, context: { instance } })
    this.instance = instance
    this.operator = operator
  }
}

/** What a wait that was given up throws. What was waited for goes on. */
export class AbortError extends Error {
  override readonly name = 'AbortError'
  readonly code = 'ABORT_ERR'

  constructor(reason: unknown) {
    super('the wait was given up', { cause: reason })
  }
}

const ACTIVITY_ERROR = Symbol.for('flowwright.ActivityError')

/** What a handler throws to say how it failed. */
export class ActivityError extends Error {
  override readonly name = 'ActivityError'
  /** The code, which `retry` and conditions see. */
  readonly code: string
  /** Whether another attempt may help. */
  readonly retryable: boolean
  /** Anything more, as data. */
  readonly details: unknown
  /** Marks it for other copies of this package in the same process. */
  readonly [ACTIVITY_ERROR] = true

  constructor(
    code: string,
    message: string = code,
    options: { retryable?: boolean; details?: unknown; cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.retryable = options.retryable ?? true
    this.details = options.details ?? null
  }

  /** Whether something is such an error, made by whichever copy of this package. */
  static is(thrown: unknown): thrown is ActivityError {
    return typeof thrown === 'object' && thrown !== null && ACTIVITY_ERROR in thrown
  }
}
