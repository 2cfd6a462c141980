// The same names and types reach an ES module.
import { Engine, InstanceAborted } from 'flowwright'
import { defineEngine, type NextEngineOptions } from 'flowwright/next'

const options: NextEngineOptions = { url: 'memory:' }
export const engine: () => Promise<Engine> = defineEngine(options)
export const output: Promise<number> = Engine.open('memory:').then((engine) => engine.result<number>('id'))
export const isAborted = (error: unknown): error is InstanceAborted => error instanceof InstanceAborted
// @ts-expect-error a timeout is a length of time
void Engine.open('memory:').then((engine) => engine.result('id', { timeout: true }))
