import { engine } from '@/lib/engine'
import { answer } from '@/lib/problem'
import { seen } from '@/lib/seen'

export const runtime = 'nodejs'

/** All that has happened to an instance. */
export function GET(_: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  return answer(async () => {
    const { id } = await seen((await params).id)
    return Response.json(await (await engine()).history(id))
  })
}
