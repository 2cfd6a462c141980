import { shown, spaced } from '@/lib/words'
import styles from './Values.module.css'

/** Data as a list of names and values. Objects inside are lists inside. */
export function Values({ values }: { values: Record<string, unknown> }) {
  return (
    <dl className={styles.values}>
      {Object.entries(values).map(([name, value]) => (
        <div key={name} data-nested={isObject(value)}>
          <dt>{NAMES[name] ?? spaced(name)}</dt>
          <dd>{isObject(value) ? <Values values={value} /> : shown(value)}</dd>
        </div>
      ))}
    </dl>
  )
}

const NAMES: Record<string, string> = { ltv: 'Loan to value, %', second_look_above: 'Second look above' }

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
}
