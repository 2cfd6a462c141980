import type { InstanceStatus, StepStatus } from 'flowwright'
import { STATUS_WORDS } from '@/lib/words'
import styles from './Status.module.css'

/** A status as a word with a colour. */
export function Status({ status }: { status: InstanceStatus | StepStatus }) {
  return (
    <span className={styles.status} data-tone={TONES[status]} data-status={status}>
      {STATUS_WORDS[status]}
    </span>
  )
}

const TONES: Record<InstanceStatus | StepStatus, 'busy' | 'good' | 'bad' | 'warn' | 'none'> = {
  pending: 'none',
  running: 'busy',
  active: 'busy',
  suspended: 'warn',
  indeterminate: 'bad',
  completed: 'good',
  failed: 'bad',
  aborted: 'bad',
  skipped: 'none',
  cancelled: 'none',
}
