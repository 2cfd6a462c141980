import type { Task } from 'flowwright'
import type { Metadata } from 'next'
import Link from 'next/link'
import { Due } from '@/components/Due'
import { HoldForm } from '@/components/HoldForm'
import { TaskForm } from '@/components/TaskForm'
import { Values } from '@/components/Values'
import { EXPLANATION } from '@/lib/applications'
import { engine } from '@/lib/engine'
import { fieldsOf } from '@/lib/form'
import { isProblem } from '@/lib/problem'
import { currentUser, mayOpen, nameOf } from '@/lib/users'
import { spaced } from '@/lib/words'
import styles from './page.module.css'

interface Props {
  params: Promise<{ id: string }>
}

async function find(id: string): Promise<Task<Record<string, unknown>> | undefined> {
  try {
    const task = await (await engine()).task<Record<string, unknown>>(id)
    return mayOpen(await currentUser(), task) ? task : undefined
  } catch (error) {
    if (isProblem(error)) return undefined
    throw error
  }
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const task = await find((await params).id)
  return { title: task ? `${task.title}, ${task.key}` : 'Task' }
}

/** What people may want to enter, by field: papers that are missing. */
function suggestions(task: Task<Record<string, unknown>>): Record<string, string[]> {
  const missing = task.data?.missing
  return Array.isArray(missing) ? { papers: [...missing, EXPLANATION] } : {}
}

function whoMay({ candidates, excluded }: Task): string {
  const may = [...candidates.roles.map(spaced), ...candidates.groups.map(spaced), ...candidates.users.map(nameOf)]
  const mayNot = excluded.length ? `, but not for ${excluded.map(nameOf).join(' and ')}, who did another step of it` : ''
  return may.length ? `For: ${may.join(', ').toLowerCase()}${mayNot}.` : ''
}

export default async function Page({ params }: Props) {
  const { id } = await params
  const [task, user] = [await find(id), await currentUser()]
  if (!task) {
    return (
      <>
        <h1>Nothing to do here</h1>
        <p>
          This task is done, was withdrawn, or is somebody else's. <Link href="/tasks">See your tasks</Link>
        </p>
      </>
    )
  }
  const { data } = task
  return (
    <>
      <p className={styles.crumb}>
        <Link href="/tasks">Tasks</Link> · <Link href={`/instances/${task.instance}`}>Application {task.key}</Link>
      </p>
      <div className="title">
        <h1>{task.title}</h1>
        {task.due && <Due at={task.due} />}
      </div>
      <p className="quiet">
        {whoMay(task)} {task.assignee ? `${nameOf(task.assignee)} has it.` : 'Nobody has taken it yet.'}
      </p>
      <div className={styles.columns}>
        <section className="card" aria-labelledby="file">
          <h2 id="file">The file</h2>
          <Values values={data ?? {}} />
        </section>
        <section className="card" aria-labelledby="do">
          <h2 id="do">Your part</h2>
          <TaskForm
            task={task.id}
            title={task.title}
            fields={fieldsOf(task.form)}
            outcomes={task.outcomes}
            suggestions={suggestions(task)}
          />
          <HoldForm task={task.id} mine={task.assignee === user.id} />
        </section>
      </div>
    </>
  )
}
