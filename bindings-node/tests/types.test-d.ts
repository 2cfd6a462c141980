// Checked by the compiler alone: what is right compiles, and what is wrong does not. This file is a CommonJS module.
import {
  ActivityError,
  Engine,
  Flow,
  InstanceFailed,
  NotFoundError,
  simulate,
  validate,
  draw,
  type ActivityContext,
  type Drawing,
  type FlowEvent,
  type Instance,
  type Outcome,
  type Page,
  type Task,
} from 'flowwright'
import { defineEngine } from 'flowwright/next'

/** Whether two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function is<_T extends true>(): void {}

interface Credit {
  score: number
}

export async function right(): Promise<void> {
  await using engine = await Engine.open('memory:', {
    lease: '10s',
    concurrency: 8,
    activities: { 'credit.pull': async (input: { id: string }, context) => ({ id: input.id, step: context.step }) },
    members: { roles: { boss: ['bo'] } },
  })
  engine
    .activity('plain', (input, context: ActivityContext) => context.attempt + input)
    .activity<{ id: string }, Credit>('typed', async ({ id }, { signal }) => {
      is<Same<typeof id, string>>()
      is<Same<typeof signal, AbortSignal>>()
      return { score: 700 }
    })

  const instance = await engine.start<Credit>('loan', { id: 'x' }, { key: 'k', ifExists: 'refuse' })
  is<Same<typeof instance, Instance<Credit>>>()
  const output = await instance.result({ timeout: '5s', signal: AbortSignal.timeout(10) })
  is<Same<typeof output, Credit>>()
  const outcome = await instance.outcome()
  is<Same<typeof outcome, Outcome<Credit> | null>>()
  const unknown = await (await engine.start('loan')).result()
  is<Same<typeof unknown, unknown>>()
  const page = await engine.inbox({ id: 'bo', roles: ['boss'] }, { limit: 10 })
  is<Same<typeof page, Page<Task>>>()
  is<Same<Task['due'], Date | null>>()
  for await (const event of engine.events({ instance: instance.id })) {
    is<Same<typeof event, FlowEvent>>()
  }
  const drawing = await engine.draw('loan')
  is<Same<typeof drawing, Drawing>>()
  const chart = await draw('flow: x', 'mermaid')
  is<Same<typeof chart, string>>()
  const { diagnostics } = await validate({ flow: 'x', steps: [] })
  is<Same<(typeof diagnostics)[number]['severity'], 'error' | 'warning'>>()
  await simulate(new Flow('x').activity('a', { with: { anything: [1] } }), { script: { default: { after: 5 } } })
  try {
    await instance.result()
  } catch (error) {
    if (error instanceof InstanceFailed) {
      is<Same<typeof error.error.code, string>>()
    } else if (error instanceof NotFoundError) {
      is<Same<typeof error.retryable, boolean>>()
    }
    throw new ActivityError('code', 'message', { retryable: false, details: { any: 1 } })
  }
}

export const engine = defineEngine({
  url: () => 'sqlite:app.db',
  flows: [{ path: 'a.yaml' }, new URL('file:///a.yaml'), new Flow('x')],
  activities: { a: async (input: number) => input + 1 },
})

export async function wrong(engine: Engine, instance: Instance<Credit>): Promise<void> {
  // @ts-expect-error an option that there is not
  await Engine.open('memory:', { concurency: 8 })
  // @ts-expect-error engines are opened
  new Engine()
  // @ts-expect-error what is given back is no credit
  engine.activity<{ id: string }, Credit>('typed', async () => ({ scores: 700 }))
  // @ts-expect-error the input has no such field
  engine.activity<{ id: string }, Credit>('typed', async ({ key }) => ({ score: key }))
  // @ts-expect-error a handler is a function
  engine.activity('name', 'function')
  // @ts-expect-error there are two choices
  await engine.start('loan', {}, { ifExists: 'ignore' })
  // @ts-expect-error the output is no text
  const text: string = await instance.result()
  // @ts-expect-error a status that there is not
  await engine.instances({ status: 'done' })
  // @ts-expect-error an actor has an id
  await engine.claim('task', { roles: ['boss'] })
  // @ts-expect-error a signal is an AbortSignal
  await instance.wait({ signal: 5 })
  // @ts-expect-error a signal step has a name
  new Flow('x').signal('wait', {})
  // @ts-expect-error there is no such field
  new Flow('x').activity('a', { handlers: 'b' })
  // @ts-expect-error an edge listens to something else
  new Flow('x').activity('a', { next: { to: 'b', on: 'sucess' } })
  // @ts-expect-error a picture has other formats
  await draw('flow: x', 'png')
  // @ts-expect-error an engine of an app has a URL
  defineEngine({ activities: {} })
}
