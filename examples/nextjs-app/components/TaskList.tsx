import type { Task } from 'flowwright'
import Link from 'next/link'
import { nameOf } from '@/lib/users'
import { spaced } from '@/lib/words'
import { Due } from './Due'
import styles from './TaskList.module.css'

/** Open tasks, most urgent first. */
export function TaskList({ tasks, wide = false }: { tasks: Task[]; wide?: boolean }) {
  return (
    <ul className={styles.list}>
      {tasks.map((task) => (
        <li key={task.id} className={styles.task}>
          <Link href={`/tasks/${task.id}`} className={styles.title}>
            {task.title}
            {wide && <span className={styles.of}> for application {task.key}</span>}
          </Link>
          <span className={styles.facts}>
            {task.priority !== 'normal' && (
              <span className={styles.priority} data-priority={task.priority}>
                {spaced(task.priority)}
              </span>
            )}
            {task.escalated && <span className={styles.priority}>Escalated</span>}
            <span>{task.assignee ? `${nameOf(task.assignee)} has it` : `For ${offeredTo(task)}`}</span>
            {task.due && <Due at={task.due} />}
          </span>
        </li>
      ))}
    </ul>
  )
}

function offeredTo({ candidates: { roles, groups, users } }: Task): string {
  return [...roles.map((role) => spaced(role).toLowerCase()), ...groups, ...users.map(nameOf)].join(', ') || 'anybody'
}
