// A module of an app that is reloaded: what it says depends on the query string that it is imported with.
import { defineEngine } from 'flowwright/next'

const edition = new URL(import.meta.url).searchParams.get('edition')

export const engine = defineEngine({
  url: () => {
    globalThis.opened = (globalThis.opened ?? 0) + 1
    return 'memory:'
  },
  closeOnSignals: false,
  activities: { greet: (name) => `Hello, ${name}, from ${edition}!` },
  flows: [
    `flow: hi\ntitle: edition ${edition}\nsteps: [{id: a, type: activity, handler: greet, with: '\${ input }'}]`,
  ],
})
