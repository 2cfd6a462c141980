'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'

/** A link of the main navigation, which knows whether it leads to where one is. */
export function NavLink({ href, children }: { href: string; children: React.ReactNode }) {
  const path = usePathname()
  const here = path === href || (href === '/tasks' && path.startsWith('/tasks/'))
  return (
    <Link href={href} aria-current={here ? 'page' : undefined}>
      {children}
    </Link>
  )
}
