'use client'

import { useRef } from 'react'
import { switchUser } from '@/app/actions'
import type { User } from '@/lib/users'
import styles from './UserSwitch.module.css'

/** Who one is. A demonstration needs no password. */
export function UserSwitch({ users, current }: { users: readonly User[]; current: string }) {
  const form = useRef<HTMLFormElement>(null)
  return (
    <form ref={form} action={switchUser} className={styles.form}>
      <label htmlFor="user">You are</label>
      <select
        key={current}
        id="user"
        name="user"
        defaultValue={current}
        onChange={() => form.current?.requestSubmit()}
      >
        {users.map(({ id, name, title }) => (
          <option key={id} value={id}>
            {name}, {title.toLowerCase()}
          </option>
        ))}
      </select>
      <noscript>
        <button className="button">Switch</button>
      </noscript>
    </form>
  )
}
