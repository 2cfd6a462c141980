import { answer } from '@/lib/problem'
import { seen } from '@/lib/seen'

export const runtime = 'nodejs'

/** Everything about an instance. */
export function GET(_: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  return answer(async () => Response.json(await seen((await params).id)))
}
