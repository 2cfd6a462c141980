import type { InstanceStatus } from 'flowwright'
import { engine, FLOW } from '@/lib/engine'
import { type Request as Start, Refused, startLoan } from '@/lib/loans'
import { answer, problem } from '@/lib/problem'
import { currentUser, visibleTo } from '@/lib/users'

export const runtime = 'nodejs'

/** Lists applications: `?status=running&limit=20&after=…`. */
export function GET(request: Request): Promise<Response> {
  return answer(async () => {
    const asked = new URL(request.url).searchParams
    const status = asked.getAll('status') as InstanceStatus[]
    const limit = Math.min(Number(asked.get('limit')) || 50, 500)
    const filter = { flow: FLOW, labels: visibleTo(await currentUser()), status, limit, after: asked.get('after') }
    return Response.json(await (await engine()).instances(filter))
  })
}

/** Starts an application: `{"application": "A0001"}` or `{"kind": "four_eyes"}`. */
export function POST(request: Request): Promise<Response> {
  return answer(async () => {
    const body = (await request.json().catch(() => null)) as Start | null
    if (!body || typeof body !== 'object') {
      return problem(400, 'invalid_argument', 'the body is not an object in JSON')
    }
    try {
      const id = await startLoan(await currentUser(), body)
      return Response.json({ id }, { status: 201, headers: { location: `/api/instances/${id}` } })
    } catch (error) {
      if (error instanceof Refused) return problem(422, 'invalid_input', error.message)
      throw error
    }
  })
}
