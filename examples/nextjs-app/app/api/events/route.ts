import type { FlowEvent } from 'flowwright'
import { engine } from '@/lib/engine'
import { answer } from '@/lib/problem'
import { seen } from '@/lib/seen'
import { currentUser, visibleTo } from '@/lib/users'

export const runtime = 'nodejs'
export const dynamic = 'force-dynamic'

/** How often something is said when nothing happens, so that nobody in between closes the connection. */
const HEARTBEAT = 20_000

/** Where a stream was: events have the number of their commit and their place in the instance. */
interface Place {
  position: number
  seq: number
}

/**
 * What happens, as server-sent events: of everything, or of `?instance=`. A browser that comes back says what it has seen
 * last (`Last-Event-ID`), and the stream goes on behind it: nothing is lost and nothing comes twice.
 */
export function GET(request: Request): Promise<Response> {
  return answer(async () => {
    const asked = new URL(request.url).searchParams
    const instance = asked.get('instance') ?? undefined
    if (instance) await seen(instance)
    const last = placeOf(request.headers.get('last-event-id') ?? asked.get('after'))
    // Commits are told as a whole, so it begins with the commit that was seen last.
    const after = last ? Math.max(0, last.position - 1) : undefined
    const stream = (await engine()).events({ after, instance, signal: request.signal })
    await stream.ready
    // Borrowers hear that something happened, and not to whom.
    const own = Object.keys(visibleTo(await currentUser())).length > 0 && !instance
    const body = new ReadableStream<Uint8Array>({
      start: (out) => tell(stream, out, last, own, request.signal),
      cancel: () => void stream.return(),
    })
    return new Response(body, {
      headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' },
    })
  })
}

function placeOf(id: string | null): Place | undefined {
  const [position, seq = 0] = (id ?? '').split('.').map(Number)
  return id && Number.isFinite(position) && Number.isFinite(seq) ? { position: position!, seq } : undefined
}

function tell(
  stream: AsyncIterable<FlowEvent>,
  out: ReadableStreamDefaultController<Uint8Array>,
  last: Place | undefined,
  own: boolean,
  signal: AbortSignal,
): void {
  const encoder = new TextEncoder()
  const say = (text: string) => out.enqueue(encoder.encode(text))
  const heartbeat = setInterval(() => say(': still here\n\n'), HEARTBEAT)
  // From here on nothing is missed: whoever shows something looks once more now.
  say('retry: 1000\nevent: ready\ndata: {}\n\n')
  void (async () => {
    try {
      for await (const event of stream) {
        if (last && event.position === last.position && event.seq <= last.seq) continue
        const { position, seq, type, step } = event
        const data = own ? { type, position } : { type, step, instance: event.instance, at: event.at_ms }
        say(`id: ${position}.${seq}\ndata: ${JSON.stringify(data)}\n\n`)
      }
    } finally {
      clearInterval(heartbeat)
      if (!signal.aborted) out.close()
    }
  })().catch(() => {})
}
