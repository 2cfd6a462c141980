import { KeepAlive } from './keep-alive.js'
import type { Duration } from './types.js'

/** A signal by which people and programs tell a process to stop. */
export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGQUIT' | 'SIGBREAK' | 'SIGUSR2'

/** How an engine serves. */
export interface ServeOptions {
  /** Which signals stop it (SIGTERM and SIGINT). */
  signals?: readonly StopSignal[]
  /** How long handlers may take to finish then. */
  grace?: Duration
}

/** Keeps the process until `end`, or until one of these signals comes; then closes. The signal that came, if one did. */
export async function serve(
  { signals = ['SIGTERM', 'SIGINT'], grace = '10s' }: ServeOptions,
  end: Promise<undefined>,
  close: (grace: Duration) => Promise<void>,
): Promise<StopSignal | undefined> {
  const keepAlive = new KeepAlive()
  keepAlive.hold(true)
  const listening: [StopSignal, () => void][] = []
  const came = new Promise<StopSignal>((resolve) => {
    for (const signal of signals) {
      const listener = () => resolve(signal)
      listening.push([signal, listener])
      process.once(signal, listener)
    }
  })
  try {
    const signal = await Promise.race([came, end])
    await close(grace)
    return signal
  } finally {
    listening.forEach(([signal, listener]) => process.off(signal, listener))
    keepAlive.end()
  }
}
