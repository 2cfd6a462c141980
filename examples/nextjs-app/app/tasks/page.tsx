import type { Metadata } from 'next'
import { Live } from '@/components/Live'
import { TaskList } from '@/components/TaskList'
import { engine } from '@/lib/engine'
import { currentUser } from '@/lib/users'

export const metadata: Metadata = { title: 'Tasks' }

export default async function Page() {
  const user = await currentUser()
  const { items, next } = await (await engine()).inbox({ id: user.id, roles: user.roles }, { limit: 50 })
  return (
    <>
      <div className="title">
        <h1>Tasks for {user.name}</h1>
        <Live />
      </div>
      <section className="card" aria-label="Inbox">
        {items.length > 0 ? (
          <TaskList tasks={items} wide />
        ) : (
          <p className="quiet">
            Nothing to do for {user.name}, {user.title.toLowerCase()}. Pick somebody else above to see what waits for them.
          </p>
        )}
        {next && <p className="quiet">There is more: the 50 most urgent ones are shown.</p>}
      </section>
    </>
  )
}
