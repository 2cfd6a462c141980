import type { HistoryEntry } from 'flowwright'
import { clock, told } from '@/lib/words'
import styles from './HistoryTable.module.css'

/** All that has happened, newest first. */
export function HistoryTable({ entries }: { entries: HistoryEntry[] }) {
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="What has happened, newest first">
      <table className="table">
        <thead>
          <tr>
            <th scope="col" className="number">
              No.
            </th>
            <th scope="col">Time</th>
            <th scope="col">Step</th>
            <th scope="col">What happened</th>
          </tr>
        </thead>
        <tbody>
          {[...entries].reverse().map((entry) => (
            <tr key={entry.seq}>
              <td className="number">{entry.seq}</td>
              <td>{clock(entry.at_ms)}</td>
              <td>{entry.step ? <code>{entry.step}</code> : ''}</td>
              <td>{told(entry)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
