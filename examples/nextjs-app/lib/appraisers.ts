import type { Engine } from 'flowwright'
import { applications } from './applications'

/**
 * The appraisers' office: outside of the engine, it answers an order some time later with a signal. The office forgets
 * its orders when the process ends, so the next process asks the engine which instances wait for a report.
 */
const DELAY = Number(process.env.APPRAISAL_DELAY_MS ?? 4000)

/** How often the office looks for orders that another process has taken to its grave. */
const LOOK_EVERY = 15_000

/** Takes an order. */
export function appraise(engine: () => Promise<Engine>, instance: string, reference: string, value: number): void {
  after(DELAY, async () => report(await engine(), instance, reference, value))
}

function after(delay: number, work: () => Promise<void>): void {
  setTimeout(() => void work(), Math.max(0, delay)).unref()
}

async function report(engine: Engine, instance: string, reference: string, value: number): Promise<void> {
  try {
    // With an id, so that the same report twice is one report.
    await engine.signal(instance, 'appraisal.completed', { value }, { id: reference, correlation: reference })
  } catch (error) {
    console.warn(`the report ${reference} finds nobody:`, (error as Error).message)
  }
}

/** Opens the office: takes up what was ordered and not answered, now and then again. */
export async function openOffice(engine: Engine): Promise<void> {
  // The module may be loaded again; one clock is enough.
  const place = globalThis as { appraisersClock?: NodeJS.Timeout }
  clearInterval(place.appraisersClock)
  place.appraisersClock = setInterval(() => void takeUp(engine).catch(() => {}), LOOK_EVERY).unref()
  await takeUp(engine)
}

async function takeUp(engine: Engine): Promise<void> {
  const { items } = await engine.instances({ status: 'running' })
  for (const { id } of items) {
    const { steps } = await engine.get(id)
    const wait = steps['appraisal']
    const order = steps['order_appraisal']?.output as { reference: string } | undefined
    const application = applications().get(order?.reference.replace('appraisal-', '') ?? '')
    if (order && application && wait?.status === 'active') {
      const waited = Date.now() - (wait.started?.getTime() ?? 0)
      after(DELAY - waited, () => report(engine, id, order.reference, application.appraised))
    }
  }
}
