import { platform } from './platform.js'

/** An engine of the bridge. Everything crosses as JSON. */
export interface Native {
  send(batch: string): void
  drain(most: number): string
  pending(): [calls: number, jobs: number]
  release(): void
}

/** The bridge. Its errors have a problem in JSON as their message. */
export interface Bindings {
  Native: { open(url: string, options: string, wake: () => void): Promise<Native> }
  validate(source: string): Promise<string>
  simulate(request: string): Promise<string>
  draw(source: string, format: string): Promise<string>
  schema(): Promise<string>
  errorCodes(): string[]
  retryableCodes(): string[]
  version(): string
}

type Load = () => unknown

/** Where the bridge is: built in place, or in the package of the platform. Written out, so that tools see the files. */
const PLATFORMS: Record<string, readonly [Load, Load]> = {
  'linux-x64-gnu': [
    () => require('../flowwright.linux-x64-gnu.node'),
    () => require('flowwright-linux-x64-gnu'),
  ],
  'linux-x64-musl': [
    () => require('../flowwright.linux-x64-musl.node'),
    () => require('flowwright-linux-x64-musl'),
  ],
  'linux-arm64-gnu': [
    () => require('../flowwright.linux-arm64-gnu.node'),
    () => require('flowwright-linux-arm64-gnu'),
  ],
  'linux-arm64-musl': [
    () => require('../flowwright.linux-arm64-musl.node'),
    () => require('flowwright-linux-arm64-musl'),
  ],
  'darwin-x64': [() => require('../flowwright.darwin-x64.node'), () => require('flowwright-darwin-x64')],
  'darwin-arm64': [() => require('../flowwright.darwin-arm64.node'), () => require('flowwright-darwin-arm64')],
  'win32-x64-msvc': [
    () => require('../flowwright.win32-x64-msvc.node'),
    () => require('flowwright-win32-x64-msvc'),
  ],
}

function load(): Bindings {
  const chosen = process.env['NAPI_RS_NATIVE_LIBRARY_PATH']
  if (chosen) {
    return require(chosen) as Bindings
  }
  const name = platform()
  const places = PLATFORMS[name]
  if (!places) {
    const known = Object.keys(PLATFORMS).join(', ')
    throw new Error(`flowwright has no build for ${name}; there are builds for ${known}`)
  }
  const errors: unknown[] = []
  for (const place of places) {
    try {
      return place() as Bindings
    } catch (error) {
      errors.push(error)
    }
  }
  const mend = `install the package flowwright-${name}, which \`npm install\` leaves out with --omit=optional`
  const why = errors.map((error) => (error instanceof Error ? error.message.split('\n')[0] : error)).join('; ')
  throw new Error(`flowwright cannot load its build for ${name}: ${mend} (${why})`, {
    cause: errors.at(-1),
  })
}

let loaded: Bindings | undefined

/** The bridge, loaded when it is needed first. */
export function bindings(): Bindings {
  return (loaded ??= load())
}
