'use client'

import { startTransition, useEffect, useState } from 'react'
import { look } from '@/app/actions'
import styles from './Live.module.css'

/** At most so often is the page rendered anew. */
const PACE = 250

/**
 * Keeps the page as things are: listens to what happens, and has the server render the page anew. By an action and not by
 * `router.refresh`, which leaves the page where the server cannot be reached.
 */
export function Live({ instance }: { instance?: string }) {
  const [connected, setConnected] = useState<boolean>()

  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | undefined
    const refresh = () => {
      waiting ??= setTimeout(() => {
        waiting = undefined
        // What cannot be had now is had when the connection is there again.
        startTransition(() => look().catch(() => {}))
      }, PACE)
    }
    const source = new EventSource(instance ? `/api/events?instance=${instance}` : '/api/events')
    source.addEventListener('ready', () => {
      setConnected(true)
      refresh()
    })
    source.addEventListener('message', refresh)
    source.addEventListener('error', () => setConnected(false))
    return () => {
      clearTimeout(waiting)
      source.close()
    }
  }, [instance])

  const words = connected === undefined ? 'Connecting' : connected ? 'Live' : 'Reconnecting'
  return (
    <span className={styles.live} role="status" data-connected={connected ?? false}>
      <span aria-hidden="true" className={styles.dot} />
      {words}
    </span>
  )
}
