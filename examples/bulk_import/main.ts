// Fan-out: many rows side by side with a bound, retries of one, a failure that does not stop the others.

import { ActivityError, Engine } from 'flowwright'

const attempts = new Map<number, number>()

const engine = await Engine.open('memory:')
engine.activity('load', async ({ row, index }: { row: number; index: number }, context) => {
  attempts.set(index, context.attempt)
  if (row < 0) throw new ActivityError('negative', 'a row below zero', { retryable: false })
  if (row === 30 && context.attempt === 1) throw new ActivityError('locked', 'somebody else writes')
  return `row-${row}`
})
await engine.deploy({ path: 'definition.yaml' })
const instance = await engine.start<{ rows: string[]; total: number }>('import', { rows: [10, -1, 30, 40] })
const { rows, total } = await instance.result()
console.log(`${rows.length} rows`)
rows.forEach((row, index) => console.log(`${index}: ${row}`))
console.log(`total ${total}`)
const counts = [...attempts].sort(([a], [b]) => a - b).map(([, count]) => count)
console.log(`attempts: ${counts.join(' ')}`)
await engine.close()
