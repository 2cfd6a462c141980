'use client'

import { useActionState } from 'react'
import { operate } from '@/app/actions'
import { FormMessage } from './FormMessage'
import styles from './OperatorForm.module.css'

/** What a manager may do to an application that is under way. */
export function OperatorForm({ instance, held }: { instance: string; held: boolean }) {
  const [state, send, pending] = useActionState(operate, { tries: 0, values: {} })
  return (
    <section className="card" aria-labelledby="operate">
      <h2 id="operate">Manage</h2>
      <form action={send} className={styles.form}>
        <input type="hidden" name="instance" value={instance} />
        <FormMessage state={state} id="operate-message" />
        <div key={state.tries}>
          <label htmlFor="reason">Reason</label>
          <input id="reason" name="reason" defaultValue={String(state.values.reason ?? '')} autoComplete="off" />
        </div>
        <div className={styles.buttons}>
          <button className="button" name="act" value={held ? 'resume' : 'suspend'} disabled={pending}>
            {held ? 'Let it go on' : 'Hold it'}
          </button>
          <button className="button" name="act" value="abort" disabled={pending}>
            Abort and undo
          </button>
        </div>
      </form>
    </section>
  )
}
