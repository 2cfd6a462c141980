interface Watched {
  whenAborted: Set<() => void>
  listener: () => void
}

const watched = new WeakMap<AbortSignal, Watched>()

/**
 * Calls something when a signal is aborted, until the function that it gives is called. A signal has one listener however
 * many wait for it: thousands of waits may share one.
 */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  const known = watched.get(signal) ?? watch(signal)
  known.whenAborted.add(call)
  return () => {
    known.whenAborted.delete(call)
    if (known.whenAborted.size === 0 && watched.get(signal) === known) {
      watched.delete(signal)
      signal.removeEventListener('abort', known.listener)
    }
  }
}

function watch(signal: AbortSignal): Watched {
  const whenAborted = new Set<() => void>()
  const listener = () => {
    watched.delete(signal)
    whenAborted.forEach((call) => call())
  }
  signal.addEventListener('abort', listener, { once: true })
  const known = { whenAborted, listener }
  watched.set(signal, known)
  return known
}
