'use server'

import { cookies } from 'next/headers'
import { redirect } from 'next/navigation'
import { refresh, revalidatePath } from 'next/cache'
import type { Kind } from '@/lib/applications'
import { engine } from '@/lib/engine'
import { fieldOf, fieldsOf, readForm } from '@/lib/form'
import { Refused, startLoan } from '@/lib/loans'
import { isProblem } from '@/lib/problem'
import { currentUser, USER_COOKIE, userOf } from '@/lib/users'

/** What a form shows after it was sent and refused. */
export interface FormState {
  /** Counts the tries. */
  tries: number
  message?: string
  /** The field that the message is about. */
  field?: string
  /** What was entered, to be shown again. */
  values: Record<string, unknown>
}

function textOf(form: FormData, name: string): string {
  return String(form.get(name) ?? '')
}

function refusal(before: FormState, error: unknown, values: Record<string, unknown>, fields: string[]): FormState {
  if (!isProblem(error) && !(error instanceof Refused)) throw error
  return { tries: before.tries + 1, message: error.message, field: fieldOf(error.message, fields), values }
}

/** Renders the page that asks as things are now. */
export async function look(): Promise<void> {
  refresh()
}

/** Becomes another demo user. */
export async function switchUser(form: FormData): Promise<void> {
  const user = userOf(textOf(form, 'user'))
  if (user) (await cookies()).set(USER_COOKIE, user.id, { httpOnly: true, sameSite: 'lax' })
  revalidatePath('/', 'layout')
}

/** Starts an application. */
export async function startApplication(before: FormState, form: FormData): Promise<FormState> {
  const values = {
    kind: textOf(form, 'kind') as Kind,
    application: textOf(form, 'application'),
    within: textOf(form, 'within'),
  }
  let id: string
  try {
    id = await startLoan(await currentUser(), values)
  } catch (error) {
    return refusal(before, error, values, [])
  }
  redirect(`/instances/${id}`)
}

/** Takes a task or puts it back. */
export async function holdTask(before: FormState, form: FormData): Promise<FormState> {
  const task = textOf(form, 'task')
  const { id, roles } = await currentUser()
  try {
    if (textOf(form, 'act') === 'release') {
      await (await engine()).release(task, { id, roles })
    } else {
      await (await engine()).claim(task, { id, roles })
    }
  } catch (error) {
    return refusal(before, error, {}, [])
  }
  revalidatePath('/', 'layout')
  return { tries: before.tries + 1, values: {} }
}

/** Holds an instance, lets it go on, or ends it with what was ordered given back: the manager may. */
export async function operate(before: FormState, form: FormData): Promise<FormState> {
  const [user, instance, act] = [await currentUser(), textOf(form, 'instance'), textOf(form, 'act')]
  const options = { by: user.id, reason: textOf(form, 'reason') }
  try {
    if (!user.roles.includes('underwriting_manager')) throw new Refused(`${user.name} may not do that; a manager may`)
    if (act === 'suspend') await (await engine()).suspend(instance, options)
    if (act === 'resume') await (await engine()).resume(instance, options)
    if (act === 'abort') await (await engine()).abort(instance, { ...options, compensate: true })
  } catch (error) {
    return refusal(before, error, { reason: options.reason }, [])
  }
  revalidatePath('/', 'layout')
  return { tries: before.tries + 1, values: {} }
}

/** Completes a task with what its form holds. The engine checks who it is and what was entered. */
export async function completeTask(before: FormState, form: FormData): Promise<FormState> {
  const { id, roles } = await currentUser()
  let values: Record<string, unknown> = {}
  let fields: string[] = []
  let instance: string
  try {
    const task = await (await engine()).task(textOf(form, 'task'))
    fields = fieldsOf(task.form).map((field) => field.name)
    values = readForm(task.form, form)
    instance = task.instance
    const outcome = form.has('outcome') ? { outcome: textOf(form, 'outcome') } : {}
    await (await engine()).complete(task.id, { id, roles }, { ...outcome, data: values })
  } catch (error) {
    return refusal(before, error, values, fields)
  }
  redirect(`/instances/${instance}?done=${encodeURIComponent(textOf(form, 'title'))}`)
}
