/** Durable workflows in your own process. Start with {@link Engine.open}. */
export { Engine } from './engine.js'
export type { TaskOptions } from './engine.js'
export { Instance } from './instance.js'
export { EventStream } from './events.js'
export { ActivityContext } from './activity.js'
export type { Handler, Logger, Purpose } from './activity.js'
export type { EngineOptions } from './options.js'
export { Flow, Scope } from './flow.js'
export type * from './flow.js'
export type { FlowDocument } from './definition.js'
export { draw, schema, simulate, validate } from './offline.js'
export type { DrawingFormat, SimulateOptions } from './offline.js'
export type { Source } from './source.js'
export type { ServeOptions, StopSignal } from './serve.js'
export type * from './types.js'
export type * from './drawing.js'
export type * from './script.js'
export { version } from './version.js'
export {
  AbortError,
  ActivityError,
  AlreadyExistsError,
  ConflictError,
  CorruptError,
  ERROR_CLASSES,
  FlowwrightError,
  ForbiddenError,
  InstanceAborted,
  InstanceClosedError,
  InstanceFailed,
  InstanceSuspendedError,
  InternalError,
  InvalidArgumentError,
  InvalidDefinitionError,
  InvalidInputError,
  LeaseLostError,
  LimitReachedError,
  NotFoundError,
  OverloadedError,
  ShuttingDownError,
  StepStateError,
  StoreForeignError,
  StoreNewerError,
  StoreUnavailableError,
  TooLargeError,
  WaitTimedOutError,
  WrongProcessError,
} from './errors.js'
export type { ErrorCode } from './errors.js'
