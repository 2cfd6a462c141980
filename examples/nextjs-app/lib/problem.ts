import { FlowwrightError } from 'flowwright'

/** The status of HTTP for every code that a caller can do something about. */
const STATUS: Record<string, number> = {
  invalid_argument: 400,
  invalid_definition: 422,
  invalid_input: 422,
  not_found: 404,
  already_exists: 409,
  conflict: 409,
  forbidden: 403,
  instance_suspended: 409,
  instance_closed: 409,
  step_state: 409,
  too_large: 413,
  limit_reached: 429,
  overloaded: 503,
  lease_lost: 503,
  store_unavailable: 503,
  wait_timed_out: 504,
  shutting_down: 503,
}

/** Whether something is an error of the engine. */
export function isProblem(error: unknown): error is FlowwrightError {
  return error instanceof FlowwrightError
}

/** An answer as RFC 9457 has it. */
export function problem(status: number, code: string, detail: string): Response {
  const body = { type: `urn:flowwright:${code}`, title: code.replaceAll('_', ' '), status, detail, code }
  return Response.json(body, { status, headers: { 'content-type': 'application/problem+json' } })
}

/** Answers a request; errors of the engine become problems. */
export async function answer(work: () => Promise<Response>): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    if (isProblem(error)) return problem(STATUS[error.code] ?? 500, error.code, error.message)
    throw error
  }
}
