'use client'

import type { Field } from '@/lib/form'
import { inputName } from '@/lib/form'
import { spaced } from '@/lib/words'
import styles from './FieldInput.module.css'

interface Props {
  field: Field
  value: unknown
  suggestions: string[]
  /** The id of a message about this field. */
  describedBy: string | undefined
}

/** One field of a form, as its schema says: text, number, yes or no, a choice, several texts. */
export function FieldInput({ field, value, suggestions, describedBy }: Props) {
  const { name, schema, required } = field
  const label = schema.title ?? spaced(name)
  const id = `field-${name}`
  const hint = schema.description && `${id}-hint`
  const common = {
    'aria-required': required,
    'aria-invalid': describedBy !== undefined,
    'aria-describedby': [hint, describedBy].filter(Boolean).join(' ') || undefined,
  }
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : String(schema.default ?? '')
  const title = (
    <>
      {label} {required && <span className={styles.required}>required</span>}
    </>
  )
  const note = hint && (
    <p id={hint} className="quiet">
      {schema.description}
    </p>
  )

  const choices = schema.type === 'array' ? (schema.items?.enum ?? suggestions) : []
  if (schema.type === 'boolean' || choices.length > 0) {
    const kind = schema.type === 'boolean' ? 'radio' : 'checkbox'
    const options = kind === 'radio' ? ['true', 'false'] : choices
    const given = Array.isArray(value) ? value.map(String) : [String(value ?? schema.default ?? '')]
    const others = kind === 'checkbox' && !schema.items?.enum
    return (
      <fieldset className={styles.group} {...common}>
        <legend>{title}</legend>
        {note}
        {options.map((option) => (
          <label key={option} className={styles.choice}>
            <input type={kind} name={inputName(name)} value={option} defaultChecked={given.includes(option)} />
            {kind === 'radio' ? (option === 'true' ? 'Yes' : 'No') : spaced(option)}
          </label>
        ))}
        {others && <Lines id={id} name={name} label="Others, one a line" value={given.filter((one) => !choices.includes(one))} />}
      </fieldset>
    )
  }
  if (schema.type === 'array') {
    return (
      <div>
        <Lines id={id} name={name} label={title} value={Array.isArray(value) ? value.map(String) : []} more={common} />
        {note}
      </div>
    )
  }
  return (
    <div>
      <label htmlFor={id}>{title}</label>
      {note}
      {schema.enum ? (
        <select id={id} name={inputName(name)} defaultValue={text} {...common}>
          <option value="">Choose…</option>
          {schema.enum.map((option) => (
            <option key={option} value={option}>
              {spaced(option)}
            </option>
          ))}
        </select>
      ) : schema.type === 'number' || schema.type === 'integer' ? (
        <input
          id={id}
          name={inputName(name)}
          type="number"
          step={schema.type === 'integer' ? 1 : 'any'}
          min={schema.minimum}
          max={schema.maximum}
          defaultValue={text}
          {...common}
        />
      ) : (
        <textarea id={id} name={inputName(name)} rows={3} maxLength={schema.maxLength} defaultValue={text} {...common} />
      )}
    </div>
  )
}

interface LinesProps {
  id: string
  name: string
  label: React.ReactNode
  value: string[]
  more?: object
}

/** Several texts, one a line. */
function Lines({ id, name, label, value, more }: LinesProps) {
  return (
    <>
      <label htmlFor={id}>{label}</label>
      <textarea id={id} name={inputName(name)} rows={2} defaultValue={value.join('\n')} {...more} />
    </>
  )
}
