import { setTimeout as pause } from 'node:timers/promises'
import { ActivityError, type ActivityContext, type Engine } from 'flowwright'
import { type Application, applications } from './applications'
import { appraise } from './appraisers'
import { paid, write } from './books'

/**
 * The lender's services: what the flow's activities call. They answer from the applications' file, after a moment, so
 * that one can watch. Edit them while `npm run dev` runs: the engine stays, the handlers are replaced.
 */
const DELAY = Number(process.env.SERVICE_DELAY_MS ?? 900)

/** Every so many applications the credit bureau is busy when it is asked first. */
const BUSY_EVERY = 50

interface Ask {
  application: string
}

interface Payment extends Ask {
  amount: number
  account: string
}

function known({ application }: Ask): Application {
  const found = applications().get(application)
  if (!found) {
    throw new ActivityError('unknown_borrower', `nobody knows application ${application}`, { retryable: false })
  }
  return found
}

/** Orders something for an application. A second time changes nothing, so that an activity may run again. */
async function order(what: string, ask: Ask): Promise<string> {
  const reference = `${what}-${known(ask).id}`
  await write({ what: 'ordered', reference })
  return reference
}

async function giveBack(reference: string) {
  await write({ what: 'given_back', reference })
  return { given_back: reference }
}

async function pullCredit(ask: Ask, context: ActivityContext) {
  const one = known(ask)
  await pause(DELAY, undefined, { signal: context.signal })
  if (context.attempt === 1 && Number(one.id.slice(1)) % BUSY_EVERY === 0) {
    throw new ActivityError('busy', 'the credit bureau is busy; ask again')
  }
  const { guidelines, bankruptcy, delinquent, creditLines: lines } = one
  return { reference: await order('credit', ask), guidelines, bankruptcy, delinquent, lines }
}

async function verifyIncome(ask: Ask, context: ActivityContext) {
  const { housingRatio, debtRatio, netWorth, verified, papers } = known(ask)
  await pause(1.5 * DELAY, undefined, { signal: context.signal })
  return { housing_ratio: housingRatio, debt_ratio: debtRatio, net_worth: netWorth, verified, papers }
}

/** Pays a loan out of its escrow account, which must not hold more than the property costs. */
async function fund(payment: Payment, context: ActivityContext) {
  const { price } = known(payment)
  if (payment.amount > price) {
    const message = `${payment.amount} to be paid for a property of ${price}`
    throw new ActivityError('payout_above_price', message, { retryable: false })
  }
  await pause(DELAY, undefined, { signal: context.signal })
  await write({ what: 'paid', reference: context.idempotencyKey, amount: payment.amount })
  return { amount: payment.amount, account: payment.account }
}

/** After a crash in the middle of a payment: was it made? The idempotency key tells. */
async function wasFunded(payment: Payment, context: ActivityContext) {
  const amount = await paid(context.idempotencyKey)
  return amount === undefined
    ? { status: 'not_done' }
    : { status: 'done', output: { amount, account: payment.account } }
}

/** Every handler, under the name that the flow calls it by. The appraisers answer to `engine`. */
export const activities = (engine: () => Promise<Engine>) => ({
  'credit.pull': pullCredit,
  'credit.release': (input: { reference: string }) => giveBack(input.reference),
  'income.verify': verifyIncome,
  'insurance.request': (ask: Ask) => ({ granted: !known(ask).insuranceRefused }),
  'appraisal.order': async (ask: Ask, context: ActivityContext) => {
    const reference = await order('appraisal', ask)
    appraise(engine, context.instance, reference, known(ask).appraised)
    return { reference }
  },
  'appraisal.cancel': (input: { reference: string }) => giveBack(input.reference),
  'letter.remind': (ask: Ask) => write({ what: 'reminded', reference: ask.application }),
  'letter.decline': (letter: { reason: string }) => ({ reason: letter.reason }),
  'title.insure': async (ask: Ask) => {
    await pause(DELAY)
    return { policy: await order('title', ask) }
  },
  'title.cancel': (input: { policy: string }) => giveBack(input.policy),
  'escrow.open': async (ask: Ask) => {
    await pause(DELAY)
    return { account: await order('escrow', ask) }
  },
  'escrow.close': (input: { account: string }) => giveBack(input.account),
  'loan.fund': fund,
  'loan.funded': wasFunded,
})
