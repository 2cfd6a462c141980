import { mkdirSync } from 'node:fs'
import { defineEngine } from 'flowwright/next'
import type { Engine } from 'flowwright'
import { definition } from './applications'
import { openOffice } from './appraisers'
import { activities } from './services'

/** The flow of this application. */
export const FLOW = 'loan-origination'

/** Where everything is kept: a file of its own, or what `DATABASE` says. */
function database(): string {
  const url = process.env.DATABASE ?? 'sqlite:data/app.db'
  if (url.startsWith('sqlite:data/')) mkdirSync('data', { recursive: true })
  console.info(`The engine opens ${url}`)
  return url
}

/** The engine of this process: opened once, kept when modules are loaded again, with the handlers as they are now. */
export const engine: () => Promise<Engine> = defineEngine({
  url: database,
  activities: activities(() => engine()),
  setup: async (engine) => {
    await engine.deploy(definition())
    await openOffice(engine)
  },
})
