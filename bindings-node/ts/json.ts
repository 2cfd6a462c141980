import { invalidArgument } from './errors.js'

/** A value as JSON; what JSON cannot say is refused. `what` begins the message. */
export function encode(value: unknown, what: string): string {
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw invalidArgument(`${what} is a ${typeof value}, which JSON does not have`)
  }
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (error) {
    throw invalidArgument(`${what} cannot be written as JSON: ${error instanceof Error ? error.message : error}`)
  }
  // NaN and infinity are written as `null`: only a text with `null` in it has to be looked through.
  if (text?.includes('null')) {
    refuseOddNumbers(value, what)
  }
  return text ?? 'null'
}

function refuseOddNumbers(value: unknown, place: string): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) {
      throw invalidArgument(`${place} is ${value}, which JSON does not have: write null or a text`)
    }
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => refuseOddNumbers(item, `${place}[${index}]`))
  } else if (typeof value === 'object' && value !== null && !('toJSON' in value)) {
    for (const [name, item] of Object.entries(value)) {
      refuseOddNumbers(item, `${place}.${name}`)
    }
  }
}
