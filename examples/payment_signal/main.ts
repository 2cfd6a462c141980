// Signals: an instance waits for what comes from outside, found by a correlation key; an explanation while it waits.

import { Engine } from 'flowwright'

const engine = await Engine.open('memory:')
engine.activity('thanks', async (paid: number) => `thanks for ${paid}`)
await engine.deploy({ path: 'definition.yaml' })
const invoice = { number: 'R-7', due: 100 }
const one = await engine.start<{ paid: number; note: string }>('invoice', invoice)
const two = await engine.start<{ paid: number; note: string }>('invoice', invoice)

const { waiting } = await one.explain()
console.log(`waits for: ${waiting.map((step) => step.step).join(', ')}`)

// The bank says it twice; what has the same id counts once.
for (let time = 0; time < 2; time += 1) {
  await one.signal('payment', { amount: 60 }, { correlation: 'R-7', id: 'bank-1' })
  await two.signal('payment', { amount: 60 }, { correlation: 'R-7', id: 'bank-1' })
}
const reached = await engine.message('payment', 'R-7', { amount: 40 })
console.log(`${reached.length} instances hear of R-7`)
for (const instance of [one, two]) {
  const { paid, note } = await instance.result()
  console.log(`paid ${paid}: ${note}`)
}
await engine.close()
