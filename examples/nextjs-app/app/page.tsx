import type { Metadata } from 'next'
import { Applications } from '@/components/Applications'
import { Live } from '@/components/Live'
import { StartForm } from '@/components/StartForm'
import { KINDS } from '@/lib/applications'
import { engine, FLOW } from '@/lib/engine'
import { DEADLINES, whereabouts } from '@/lib/loans'
import { currentUser, visibleTo } from '@/lib/users'

export const metadata: Metadata = { title: 'Applications' }

export default async function Page() {
  const user = await currentUser()
  const { items } = await (await engine()).instances({ flow: FLOW, labels: visibleTo(user), limit: 50 })
  const at = await whereabouts(items)
  const kinds = Object.entries(KINDS).map(([value, { title, hint }]) => ({ value, text: `${title}: ${hint}` }))
  const deadlines = Object.entries(DEADLINES).map(([value, text]) => ({ value, text }))
  return (
    <>
      <div className="title">
        <h1>Applications</h1>
        <Live />
      </div>
      {user.roles.includes('loan_officer') && <StartForm kinds={kinds} deadlines={deadlines} />}
      <Applications instances={items} whereabouts={at} />
    </>
  )
}
