import { invalidArgument } from './errors.js'
import type { Duration } from './types.js'

const SHORT = /^(?:([\d.]+)d)?(?:([\d.]+)h)?(?:([\d.]+)m(?!s))?(?:([\d.]+)s)?(?:([\d.]+)ms)?$/
const ISO = /^P(?:([\d.]+)W)?(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?$/
const SHORT_UNITS = [86_400_000, 3_600_000, 60_000, 1_000, 1]
const ISO_UNITS = [604_800_000, 86_400_000, 3_600_000, 60_000, 1_000]

/** A length of time in whole milliseconds. */
export function milliseconds(duration: Duration): number {
  const length = typeof duration === 'number' ? duration : parse(duration)
  if (!(length >= 0 && length <= Number.MAX_SAFE_INTEGER)) {
    throw invalidArgument(
      `\`${duration}\` is no length of time: write milliseconds, or 500ms, 30s, 5m, 2h, 1d, PT30S`,
    )
  }
  return Math.round(length)
}

function parse(text: string): number {
  const [found, units] = text.startsWith('P') ? [ISO.exec(text), ISO_UNITS] : [SHORT.exec(text), SHORT_UNITS]
  const parts = found?.slice(1) ?? []
  if (!parts.some((part) => part !== undefined)) {
    return Number.NaN
  }
  return parts.reduce((total, part, place) => total + (part ? Number(part) * units[place]! : 0), 0)
}

/** The same, of what need not be given. */
export function optional(duration: Duration | undefined): number | undefined {
  return duration === undefined ? undefined : milliseconds(duration)
}

/** A length of time as a definition has it: text stays, since it may be an expression. */
export function written(duration: Duration): string {
  return typeof duration === 'number' ? `${milliseconds(duration)}ms` : duration
}
