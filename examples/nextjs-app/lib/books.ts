import { appendFile, mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'

/**
 * The books of the lender's services: what was ordered, given back and paid. They are the world outside of the engine, so
 * they have a file of their own, a line an entry. Lines are short and appended, so that several processes may write.
 */
export interface Entry {
  what: 'ordered' | 'given_back' | 'reminded' | 'paid'
  reference: string
  amount?: number
}

const FILE = process.env.BOOKS ?? 'data/books.jsonl'

/** Writes an entry down. */
export async function write(entry: Entry): Promise<void> {
  await mkdir(path.dirname(FILE), { recursive: true })
  await appendFile(FILE, JSON.stringify(entry) + '\n', { flush: true })
}

/** What was paid under a reference. */
export async function paid(reference: string): Promise<number | undefined> {
  const found = (await entries()).find((entry) => entry.what === 'paid' && entry.reference === reference)
  return found?.amount
}

async function entries(): Promise<Entry[]> {
  const text = await readFile(/*turbopackIgnore: true*/ FILE, 'utf8').catch(() => '')
  // A last line without its end was cut off by a crash: nobody was told of it.
  const whole = text.split('\n').slice(0, -1)
  return whole.map((line) => JSON.parse(line) as Entry)
}
