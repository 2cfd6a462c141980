import type { Explanation } from 'flowwright'
import { Fragment } from 'react'
import { capital, clock, sentence, shown } from '@/lib/words'
import { Values } from './Values'
import styles from './Why.module.css'

/** Why an application is where it is. */
export function Why({ why, output, titles }: { why: Explanation; output: unknown; titles: Map<string, string> }) {
  const titleOf = (step: string) => titles.get(step) ?? step
  const ended = ['completed', 'failed', 'aborted'].includes(why.status)
  return (
    <section className="card" aria-labelledby="why">
      <h2 id="why">{ended ? 'How it ended' : 'Why it waits'}</h2>
      {(why.waiting.length !== 1 || why.status === 'suspended') && (
        <p className={styles.summary}>
          <Marked text={why.summary} />
        </p>
      )}
      {ended && isObject(output) && <Values values={output} />}
      {why.waiting.map((wait) => (
        <div key={wait.step} className={styles.wait}>
          <h3>{titleOf(wait.step)}</h3>
          <p>
            <Marked text={wait.reason} />, since {clock(wait.since)}.
          </p>
          {wait.cameBy.length > 0 && (
            <ul>
              {wait.cameBy.map((way) => (
                <li key={way.from}>
                  It came from “{titleOf(way.from)}”
                  {way.when && (
                    <>
                      {' '}
                      because <code>{way.when}</code>
                      {way.values.length > 0 && ` (${way.values.map(([name, value]) => `${name} is ${shown(value)}`).join(', ')})`}
                    </>
                  )}
                </li>
              ))}
            </ul>
          )}
        </div>
      ))}
      {why.passedOver.length > 0 && (
        <details>
          <summary>Why other steps did not run</summary>
          <ul className={styles.passed}>
            {why.passedOver.map((step) => (
              <li key={step.step}>
                “{titleOf(step.step)}” was {step.status}: <Marked text={step.reason} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

/** A sentence in which what stands between backticks is code. */
function Marked({ text }: { text: string }) {
  const parts = capital(sentence(text)).split('`')
  return parts.map((part, at) => (at % 2 ? <code key={at}>{part}</code> : <Fragment key={at}>{part}</Fragment>))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
