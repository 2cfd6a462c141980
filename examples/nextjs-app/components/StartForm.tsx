'use client'

import { useActionState } from 'react'
import { startApplication } from '@/app/actions'
import { FormMessage } from './FormMessage'
import styles from './StartForm.module.css'

interface Choice {
  value: string
  text: string
}

/** Takes an application in. */
export function StartForm({ kinds, deadlines }: { kinds: Choice[]; deadlines: Choice[] }) {
  const [state, send, pending] = useActionState(startApplication, { tries: 0, values: {} })
  const value = (name: string) => String(state.values[name] ?? '')
  return (
    <section className="card" aria-labelledby="start">
      <h2 id="start">Start an application</h2>
      <form action={send} className={styles.form}>
        <FormMessage state={state} id="start-message" />
        <div key={state.tries} className={styles.fields}>
          <div>
            <label htmlFor="kind">What kind of file</label>
            <select id="kind" name="kind" defaultValue={value('kind') || kinds[0]?.value}>
              {kinds.map((kind) => (
                <option key={kind.value} value={kind.value}>
                  {kind.text}
                </option>
              ))}
            </select>
          </div>
          <div>
            <label htmlFor="application">
              or its number <span className="quiet">(A0001 to A1989)</span>
            </label>
            <input
              id="application"
              name="application"
              defaultValue={value('application')}
              autoComplete="off"
              aria-describedby={state.message ? 'start-message' : undefined}
            />
          </div>
          <div>
            <label htmlFor="within">Underwriting within</label>
            <select id="within" name="within" defaultValue={value('within') || deadlines[0]?.value}>
              {deadlines.map((deadline) => (
                <option key={deadline.value} value={deadline.value}>
                  {deadline.text}
                </option>
              ))}
            </select>
          </div>
        </div>
        <button className="button primary" disabled={pending}>
          {pending ? 'Starting…' : 'Start'}
        </button>
      </form>
    </section>
  )
}
