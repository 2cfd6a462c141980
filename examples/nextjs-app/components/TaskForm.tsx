'use client'

import { useActionState } from 'react'
import { completeTask, type FormState } from '@/app/actions'
import type { Field } from '@/lib/form'
import { spaced } from '@/lib/words'
import { FieldInput } from './FieldInput'
import { FormMessage } from './FormMessage'
import styles from './TaskForm.module.css'

interface Props {
  task: string
  title: string
  fields: Field[]
  outcomes: string[]
  suggestions: Record<string, string[]>
}

const MESSAGE = 'task-message'

/** The form of a task, made from its JSON Schema. What may be entered is the engine's to say. */
export function TaskForm({ task, title, fields, outcomes, suggestions }: Props) {
  const [state, send, pending] = useActionState<FormState, FormData>(completeTask, { tries: 0, values: {} })
  return (
    <form action={send} className={styles.form} noValidate>
      <input type="hidden" name="task" value={task} />
      <input type="hidden" name="title" value={title} />
      <FormMessage state={state} id={MESSAGE} />
      <div key={state.tries} className={styles.fields}>
        {fields.map((field) => (
          <FieldInput
            key={field.name}
            field={field}
            value={state.values[field.name]}
            suggestions={suggestions[field.name] ?? []}
            describedBy={state.field === field.name ? MESSAGE : undefined}
          />
        ))}
        {fields.length === 0 && <p className="quiet">Nothing has to be entered.</p>}
      </div>
      <div className={styles.buttons} role="group" aria-label={outcomes.length ? 'Decide' : undefined}>
        {outcomes.length === 0 && (
          <button className="button primary" disabled={pending}>
            Done
          </button>
        )}
        {outcomes.map((outcome, at) => (
          <button
            key={outcome}
            className={at === 0 ? 'button primary' : 'button'}
            name="outcome"
            value={outcome}
            disabled={pending}
          >
            {spaced(outcome)}
          </button>
        ))}
      </div>
    </form>
  )
}
