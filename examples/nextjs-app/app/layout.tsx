import type { Metadata, Viewport } from 'next'
import Link from 'next/link'
import { NavLink } from '@/components/NavLink'
import { UserSwitch } from '@/components/UserSwitch'
import { engine } from '@/lib/engine'
import { currentUser, USERS } from '@/lib/users'
import './globals.css'
import styles from './layout.module.css'

export const metadata: Metadata = {
  title: { default: 'Mortgage desk', template: '%s · Mortgage desk' },
  description: 'A mortgage from application to closing, run by Flowwright inside a Next.js application.',
}

export const viewport: Viewport = { colorScheme: 'light dark' }

export default async function Layout({ children }: { children: React.ReactNode }) {
  const user = await currentUser()
  const { items } = await (await engine()).inbox({ id: user.id, roles: user.roles })
  return (
    <html lang="en">
      <body>
        <a className={styles.skip} href="#main">
          Skip to the content
        </a>
        <header className={styles.header}>
          <div className={styles.bar}>
            <Link href="/" className={styles.brand}>
              <svg aria-hidden="true" width="26" height="26" viewBox="0 0 26 26">
                <rect width="26" height="26" rx="7" fill="var(--accent)" />
                <path d="M7 8h5v5h7M12 13v6h7" fill="none" stroke="#fff" strokeWidth="2" strokeLinecap="round" />
              </svg>
              Mortgage desk
            </Link>
            <nav aria-label="Main" className={styles.nav}>
              <NavLink href="/">Applications</NavLink>
              <NavLink href="/tasks">
                Tasks <span className={styles.count}>{items.length}</span>
                <span className="sr-only"> for {user.name}</span>
              </NavLink>
            </nav>
            <UserSwitch users={USERS} current={user.id} />
          </div>
        </header>
        <main id="main" tabIndex={-1} className={styles.main}>
          {children}
        </main>
        <footer className={styles.footer}>Times are UTC. Amounts are in thousands of dollars.</footer>
      </body>
    </html>
  )
}
