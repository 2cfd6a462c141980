import type { Task } from 'flowwright'
import { cookies } from 'next/headers'

/** Somebody who may use the application. A demonstration: whoever sits there picks who they are. */
export interface User {
  id: string
  name: string
  title: string
  roles: string[]
}

/** Everybody. Roles are looked up here and never come from the browser. */
export const USERS: readonly User[] = [
  { id: 'otto', name: 'Otto', title: 'Loan officer', roles: ['loan_officer'] },
  { id: 'uma', name: 'Uma', title: 'Underwriter', roles: ['underwriter'] },
  { id: 'ugo', name: 'Ugo', title: 'Underwriter', roles: ['underwriter'] },
  { id: 'mia', name: 'Mia', title: 'Underwriting manager', roles: ['underwriting_manager'] },
  { id: 'bea', name: 'Bea', title: 'Borrower', roles: ['borrower'] },
]

/** The cookie that holds who it is. */
export const USER_COOKIE = 'user'

/** Who it is by an id. */
export function userOf(id: string | undefined): User | undefined {
  return USERS.find((user) => user.id === id)
}

/** Who asks; the loan officer where nobody has picked. */
export async function currentUser(): Promise<User> {
  const picked = userOf((await cookies()).get(USER_COOKIE)?.value)
  return picked ?? USERS[0]!
}

/** Which labels an instance must have for somebody to see it: borrowers see their own. */
export function visibleTo(user: User): Record<string, string> {
  return user.roles.includes('borrower') ? { borrower: user.id } : {}
}

/** Whether somebody may see an instance with these labels. */
export function maySee(user: User, labels: Record<string, string>): boolean {
  return Object.entries(visibleTo(user)).every(([name, value]) => labels[name] === value)
}

/** Whether somebody may open a task: borrowers those that are theirs. Who may do it is the engine's to say. */
export function mayOpen(user: User, task: Task): boolean {
  return !user.roles.includes('borrower') || task.assignee === user.id || task.candidates.users.includes(user.id)
}

/** The name of somebody by id. */
export function nameOf(id: string): string {
  return userOf(id)?.name ?? id
}
