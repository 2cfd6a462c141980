import type { InstanceSummary } from 'flowwright'
import { type Application, applications, KINDS, type Kind } from './applications'
import { engine, FLOW } from './engine'
import type { User } from './users'
import { capital } from './words'

/** How soon an underwriter has to look at a file. */
export const DEADLINES = { '1d': 'a day', '20s': '20 seconds, then the manager sees it' } as const

/** What comes out of a journey. */
interface Decision {
  decision: string
  closed: boolean
}

/** What is started. */
export interface Request {
  application?: string
  kind?: Kind
  within?: string
}

/** Starts the journey of an application: the one that is named, or the next one of a kind. */
export async function startLoan(user: User, request: Request): Promise<string> {
  if (!user.roles.includes('loan_officer')) {
    throw new Refused(`${user.name} may not start an application; a loan officer may`)
  }
  const one = request.application ? named(request.application) : await next(request.kind ?? 'rules')
  const input = {
    application: one.id,
    borrower: 'bea',
    loan_amount: one.loanAmount,
    price: one.price,
    units: one.units,
    self_employed: one.selfEmployed,
    insurance_sought: one.insuranceSought,
    occupied_by_owner: one.occupiedByOwner,
    underwriting_within: request.within && request.within in DEADLINES ? request.within : '1d',
  }
  const started = await (await engine()).start(FLOW, input, {
    key: one.id,
    ifExists: 'refuse',
    labels: { borrower: 'bea' },
  })
  return started.id
}

/** Where instances stand: the steps that they are at, or how they ended. */
export async function whereabouts(instances: InstanceSummary[]): Promise<Map<string, string>> {
  const running = await engine()
  const open = instances.filter(({ status }) => status === 'running' || status === 'suspended')
  const versions = [...new Set(open.map(({ version }) => version))]
  const drawings = await Promise.all(versions.map((version) => running.draw(FLOW, { version })))
  const titles = new Map(drawings.flatMap(({ steps }) => steps.map((step) => [step.path, step.title] as const)))
  const at = async (id: string) => {
    const { waiting } = await running.explain(id)
    return waiting.map(({ step }) => titles.get(step) ?? step).join(', ')
  }
  const end = async (id: string) => {
    const { output, error } = (await running.outcome<Decision>(id)) ?? {}
    if (!output) return error?.message ?? ''
    const { decision, closed } = output
    return capital(decision === 'approved' && !closed ? 'approved, and could not be closed' : decision)
  }
  const rows = instances.map(async (one) => [one.id, await (open.includes(one) ? at : end)(one.id)] as const)
  return new Map(await Promise.all(rows))
}

/** What somebody may not do, or what does not exist: told to them as it is. */
export class Refused extends Error {}

function named(id: string): Application {
  const found = applications().get(id.trim().toUpperCase())
  if (!found) throw new Refused(`there is no application “${id}”; they are numbered A0001 to A1989`)
  return found
}

async function next(kind: Kind): Promise<Application> {
  const { fits } = KINDS[kind] ?? KINDS.rules
  for (const one of applications().values()) {
    if (fits(one) && !(await (await engine()).find(FLOW, one.id))) return one
  }
  throw new Refused('all applications of that kind have been started')
}
