'use client'

import { useActionState } from 'react'
import { holdTask } from '@/app/actions'
import { FormMessage } from './FormMessage'
import styles from './HoldForm.module.css'

/** Takes a task, so that nobody else works on it, or puts it back. */
export function HoldForm({ task, mine }: { task: string; mine: boolean }) {
  const [state, send, pending] = useActionState(holdTask, { tries: 0, values: {} })
  return (
    <form action={send} className={styles.form}>
      <input type="hidden" name="task" value={task} />
      <FormMessage state={state} id="hold-message" />
      <button className="button" name="act" value={mine ? 'release' : 'claim'} disabled={pending}>
        {mine ? 'Put it back' : 'Claim it'}
      </button>
      <span className="quiet">{mine ? 'You have it; nobody else can work on it.' : 'Then nobody else works on it.'}</span>
    </form>
  )
}
