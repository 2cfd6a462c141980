import { moment } from '@/lib/words'
import styles from './Due.module.css'

/** When something should be done. */
export function Due({ at }: { at: Date }) {
  const late = at.getTime() < Date.now()
  return (
    <span className={styles.due} data-late={late}>
      {late ? 'Overdue since' : 'Due'} <time dateTime={at.toISOString()}>{moment(at)}</time>
    </span>
  )
}
