import { readFileSync } from 'node:fs'
import path from 'node:path'

/** The folder of the journey, which every language plays: the definition and the applications' file. */
const FOLDER = process.env.LOAN_ORIGINATION ?? path.join(/*turbopackIgnore: true*/ process.cwd(), '../loan_origination')

/** One mortgage application of 1990, with what was found out about it. Money in thousands of dollars, ratios in percent. */
export interface Application {
  id: string
  loanAmount: number
  price: number
  appraised: number
  units: number
  occupiedByOwner: boolean
  selfEmployed: boolean
  housingRatio: number
  debtRatio: number
  netWorth: number
  verified: boolean
  guidelines: 'met' | 'not_met' | 'unknown'
  bankruptcy: boolean
  delinquent: boolean
  creditLines: number
  insuranceSought: boolean
  insuranceRefused: boolean
  /** What a lender asks for where people look at the file. */
  papers: string[]
}

/** What a borrower sends in place of a proof that does not exist. */
export const EXPLANATION = 'letter_of_explanation'

/** The definition, as text. */
export function definition(): string {
  return readFileSync(path.join(FOLDER, 'definition.yaml'), 'utf8')
}

let known: Map<string, Application> | undefined

/** All applications, by id, in the order of the file. */
export function applications(): Map<string, Application> {
  return (known ??= parse(readFileSync(path.join(FOLDER, 'data/boston_hmda_1990.csv'), 'utf8')))
}

function parse(text: string): Map<string, Application> {
  const [head = '', ...lines] = text.trim().split(/\r?\n/)
  const names = head.split(',')
  const rows = lines.map((line) => {
    const fields = line.split(',')
    return application((name) => fields[names.indexOf(name)] ?? '')
  })
  return new Map(rows.map((row) => [row.id, row]))
}

function application(text: (name: string) => string): Application {
  // The file has single-precision numbers: 99.6999969… is 99.7.
  const number = (name: string) => Math.round(100 * Number(text(name))) / 100
  const flag = (name: string) => number(name) === 1
  const papers: [boolean, string][] = [
    [flag('self'), 'tax_returns'],
    [flag('gift'), 'gift_letter'],
    [flag('cosign'), 'cosigner_statement'],
    [flag('unver'), 'proof_of_facts'],
  ]
  return {
    id: text('application'),
    loanAmount: number('loanamt'),
    price: number('price'),
    appraised: number('apr'),
    // Four rows leave it open: a single family then.
    units: number('unit') || 1,
    occupiedByOwner: flag('occ'),
    selfEmployed: flag('self'),
    housingRatio: number('hrat'),
    debtRatio: number('obrat'),
    netWorth: number('netw'),
    verified: !flag('unver'),
    // 666 stands for "not said".
    guidelines: flag('gdlin') ? 'met' : number('gdlin') === 0 ? 'not_met' : 'unknown',
    bankruptcy: flag('pubrec'),
    delinquent: !flag('chist'),
    creditLines: number('lines'),
    insuranceSought: flag('inss'),
    insuranceRefused: flag('inson'),
    papers: papers.filter(([asked]) => asked).map(([, paper]) => paper),
  }
}

function withinLimits(one: Application): boolean {
  const ltv = (100 * one.loanAmount) / Math.min(one.price, one.appraised)
  const fits = one.debtRatio <= 38 && one.housingRatio <= 33 && ltv <= 95
  return one.guidelines === 'met' && one.verified && fits && !one.insuranceRefused
}

/** Files of which something particular is to be expected: where a look at the journey may begin. */
export const KINDS = {
  rules: { title: 'Within all limits', hint: 'the rules approve it', fits: withinLimits },
  underwriter: {
    title: 'Outside a limit',
    hint: 'an underwriter decides',
    fits: (one: Application) => outside(one) && one.loanAmount <= 250 && one.papers.length === 0,
  },
  four_eyes: {
    title: 'A large loan outside a limit',
    hint: 'two underwriters decide',
    fits: (one: Application) => outside(one) && one.loanAmount > 250 && one.papers.length === 0,
  },
  papers: {
    title: 'Papers are missing',
    hint: 'the borrower sends them',
    fits: (one: Application) => outside(one) && one.loanAmount <= 250 && one.papers.length > 0,
  },
  declined: {
    title: 'Outside the guidelines, not verified',
    hint: 'the rules decline it',
    fits: (one: Application) => one.guidelines === 'not_met' && !one.verified,
  },
  payout: {
    title: 'More is asked for than the price',
    hint: 'closing fails and is undone',
    fits: (one: Application) => one.guidelines === 'met' && one.verified && one.loanAmount > one.price,
  },
} as const

/** One of the kinds of files. */
export type Kind = keyof typeof KINDS

function outside(one: Application): boolean {
  const decided = withinLimits(one) || one.guidelines !== 'met' || one.insuranceRefused
  return !decided && one.loanAmount <= one.price
}
