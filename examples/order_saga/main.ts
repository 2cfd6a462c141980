// Compensation: what was completed is undone, newest first, when a later step fails for good.

import { ActivityError, Engine } from 'flowwright'

const engine = await Engine.open('memory:')

engine.activity('reserve', async (item: string) => {
  console.log(`reserve ${item}`)
  return `shelf-${item}`
})
engine.activity('charge', async (price: number, context) => {
  if (context.attempt === 1) {
    console.log(`charge ${price}, attempt 1: the bank is busy`)
    throw new ActivityError('busy', 'try again')
  }
  console.log(`charge ${price}, attempt ${context.attempt}`)
  return `charge-${price}`
})
engine.activity('ship', async (item: string) => {
  if (item === 'piano') {
    console.log(`ship ${item}: too heavy`)
    throw new ActivityError('too_heavy', 'nobody can carry it', { retryable: false })
  }
  console.log(`ship ${item}`)
  return `parcel-${item}`
})
engine.activity('refund', (of: string) => console.log(`refund ${of}`))
engine.activity('unreserve', (of: string) => console.log(`unreserve ${of}`))

await engine.deploy({ path: 'definition.yaml' })
for (const [item, price] of [['lamp', 30], ['piano', 900]] as const) {
  const { status, output, error } = await (await engine.start<string>('order', { item, price })).wait()
  console.log(`${status}: ${error?.code ?? output}`)
}
await engine.close()
