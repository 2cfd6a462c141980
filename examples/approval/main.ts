// People: inboxes by role, four eyes, a form that is checked, an outcome that decides the way.

import { Engine, FlowwrightError, type Task } from 'flowwright'

const engine = await Engine.open('memory:')
engine.activity('pay', async (expense: { amount: number; to: string }) => {
  console.log(`pays ${expense.amount} to ${expense.to}`)
})
await engine.deploy({ path: 'definition.yaml' })
const instance = await engine.start<{ decision: string; by: string }>('approval', { by: 'ada', amount: 40 })

interface Manager {
  id: string
  roles: string[]
}

async function firstTask(actor: Manager): Promise<Task> {
  const [task] = (await engine.inbox(actor)).items
  if (task === undefined) throw new Error(`${actor.id} has no task`)
  return task
}

const ada: Manager = { id: 'ada', roles: ['manager'] }
const max: Manager = { id: 'max', roles: ['manager'] }
const file = await firstTask(ada)
console.log(`inbox of ada: ${file.title}, ${(file.data as { amount: number }).amount}`)
await engine.complete(file.id, ada, { data: {} })

const decide = await firstTask(max)
console.log(`inbox of max: ${decide.title}`)
const good = { reason: 'a receipt is there' }
for (const [who, actor, data] of [['ada decides', ada, good], ['max without a reason', max, {}]] as const) {
  try {
    await engine.complete(decide.id, actor, { outcome: 'approved', data })
  } catch (error) {
    if (!(error instanceof FlowwrightError)) throw error
    console.log(`${who}: ${error.code}`)
  }
}
await engine.complete(decide.id, max, { outcome: 'approved', data: good })

const { status, output } = await instance.wait()
console.log(`${status}: ${output?.decision} by ${output?.by}`)
await engine.close()
