'use client'

import { useEffect, useRef } from 'react'
import type { FormState } from '@/app/actions'
import { capital } from '@/lib/words'
import styles from './FormMessage.module.css'

/** Why a form was refused. It takes the focus, so that nobody misses it. */
export function FormMessage({ state, id }: { state: FormState; id: string }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (state.message) place.current?.focus()
  }, [state])
  if (!state.message) return null
  return (
    <div ref={place} id={id} role="alert" tabIndex={-1} className={styles.message}>
      <strong>That was not accepted.</strong> {capital(state.message)}
    </div>
  )
}
