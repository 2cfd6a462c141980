import type { HistoryEntry, InstanceView } from 'flowwright'
import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { Flash } from '@/components/Flash'
import { Graph, type Taken } from '@/components/Graph'
import { HistoryTable } from '@/components/HistoryTable'
import { Live } from '@/components/Live'
import { OperatorForm } from '@/components/OperatorForm'
import { Status } from '@/components/Status'
import { TaskList } from '@/components/TaskList'
import { Values } from '@/components/Values'
import { Why } from '@/components/Why'
import { engine } from '@/lib/engine'
import { isProblem } from '@/lib/problem'
import { currentUser, mayOpen, maySee } from '@/lib/users'
import { moment } from '@/lib/words'
import styles from './page.module.css'

interface Props {
  params: Promise<{ id: string }>
  searchParams: Promise<{ done?: string }>
}

async function found(id: string): Promise<InstanceView> {
  try {
    const view = await (await engine()).get(id)
    if (maySee(await currentUser(), view.labels)) return view
  } catch (error) {
    if (!isProblem(error) || !['not_found', 'invalid_argument'].includes(error.code)) throw error
  }
  notFound()
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const view = await found((await params).id)
  return { title: `Application ${view.key}` }
}

/** The edges that an entry of the history tells of, with the paths of their steps. */
function takenIn({ step = '', taken = [] }: HistoryEntry): Taken[] {
  const scope = step.slice(0, step.lastIndexOf('/') + 1)
  return (taken as Taken[]).map(({ from, to }) => ({ from: scope + from, to: scope + to }))
}

export default async function Page({ params, searchParams }: Props) {
  const { id } = await params
  const view = await found(id)
  const running = await engine()
  const [history, why, drawing, tasks] = await Promise.all([
    running.history(id),
    running.explain(id),
    running.draw(view.flow, { version: view.version }),
    running.tasks({ instance: id }),
  ])
  const taken = history.flatMap(takenIn)
  const titles = new Map(drawing.steps.map((step) => [step.path, step.title]))
  const open = view.status === 'running' || view.status === 'suspended'
  const user = await currentUser()
  const mine = tasks.items.filter((task) => mayOpen(user, task))
  const mayOperate = open && user.roles.includes('underwriting_manager')
  const { done } = await searchParams
  return (
    <>
      <p className={styles.crumb}>
        <Link href="/">Applications</Link>
      </p>
      <div className="title">
        <h1>Application {view.key}</h1>
        <Status status={view.status} />
        <Live instance={id} />
      </div>
      {done && <Flash>“{done}” is done.</Flash>}
      <div className={styles.columns}>
        <div className={styles.column}>
          <section className="card" aria-labelledby="journey">
            <h2 id="journey">Journey</h2>
            <Graph drawing={drawing} steps={view.steps} taken={taken} name={view.key ?? id} />
          </section>
          <section className="card" aria-labelledby="history">
            <h2 id="history">History</h2>
            <HistoryTable entries={history} />
          </section>
        </div>
        <div className={styles.column}>
          <Why why={why} output={view.output} titles={titles} />
          {mayOperate && <OperatorForm instance={id} held={view.status === 'suspended'} />}
          {mine.length > 0 && (
            <section className="card" aria-labelledby="open-tasks">
              <h2 id="open-tasks">Open tasks</h2>
              <TaskList tasks={mine} />
            </section>
          )}
          <section className="card" aria-labelledby="variables">
            <h2 id="variables">What is known</h2>
            <Values values={view.vars} />
            <details>
              <summary>The application as it came in</summary>
              <Values values={view.input as Record<string, unknown>} />
            </details>
            <p className="quiet">
              Started {moment(view.started)}
              {view.ended && `, ended ${moment(view.ended)}`}
            </p>
          </section>
        </div>
      </div>
    </>
  )
}
