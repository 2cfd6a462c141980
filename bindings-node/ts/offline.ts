import * as convert from './convert.js'
import { written } from './duration.js'
import { errorOfBridge } from './errors.js'
import { encode } from './json.js'
import { bindings } from './native.js'
import { type Source, read } from './source.js'
import type { Drawing } from './drawing.js'
import type { Report, Script } from './script.js'
import type { Validation } from './types.js'
import type * as told from './wire/told.js'

/** What a simulation is given. */
export interface SimulateOptions {
  input?: unknown
  /** What handlers give, people do and signals bring. */
  script?: Script
  /** Flows that it calls. */
  flows?: readonly Source[]
  /** The instance's key. */
  key?: string
  /** How many handlers run side by side. */
  workers?: number
}

async function answer<T>(text: Promise<string>): Promise<T> {
  try {
    return JSON.parse(await text) as T
  } catch (error) {
    throw errorOfBridge(error)
  }
}

/** What is wrong with a definition. */
export async function validate(source: Source): Promise<Validation> {
  return answer<told.Validation>(bindings().validate(await read(source)))
}

/** Runs a flow under a virtual clock. */
export async function simulate(source: Source, options: SimulateOptions = {}): Promise<Report> {
  const { input, script, flows = [], key, workers } = options
  const [own, ...called] = await Promise.all([source, ...flows].map(read))
  const rest = encode({ input, script: script && scripted(script), key, workers }, 'the simulation')
  const request = `{"source":${own},"flows":[${called.join(',')}],${rest.slice(1)}`.replace(/,\}$/, '}')
  return convert.report(await answer<told.Report>(bindings().simulate(request)))
}

function scripted({ steps = {}, default: other, signals = [] }: Script): unknown {
  const entry = ({ after, ...rest }: NonNullable<Script['default']>) =>
    after === undefined ? rest : { ...rest, after: written(after) }
  return {
    steps: Object.fromEntries(Object.entries(steps).map(([step, entries]) => [step, entries.map(entry)])),
    default: other && entry(other),
    signals: signals.map(({ at, ...rest }) => ({ ...rest, at: written(at) })),
  }
}

/** How a flow is drawn: as data, as the text of a Mermaid chart, or of a Graphviz graph. */
export type DrawingFormat = 'json' | 'mermaid' | 'dot'

/** Draws a flow. */
export function draw(source: Source, format?: 'json'): Promise<Drawing>
export function draw(source: Source, format: 'mermaid' | 'dot'): Promise<string>
export async function draw(source: Source, format: DrawingFormat = 'json'): Promise<Drawing | string> {
  return answer<told.Drawn>(bindings().draw(await read(source), format))
}

/** The JSON Schema of definitions. */
export async function schema(): Promise<Record<string, unknown>> {
  return answer(bindings().schema())
}
