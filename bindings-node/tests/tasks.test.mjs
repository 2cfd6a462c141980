import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ConflictError, ForbiddenError, InvalidInputError, NotFoundError } from 'flowwright'

import { open } from './support.mjs'

const FLOW = `
flow: approve
steps:
  - id: review
    type: user_task
    role: boss
    title: Look at it
    outcomes: [yes_please, no_thanks]
    data: {sum: '\${ input.sum }'}
    form: {type: object, required: [note], properties: {note: {type: string}}}
    due: 2h
    priority: high
`
const bo = { id: 'bo', roles: ['boss'] }
const cy = { id: 'cy', roles: ['boss', 'owner'], groups: ['all'] }

test('a task is seen, taken and done', async (t) => {
  const engine = await open(t)
  await engine.deploy(FLOW)
  const instance = await engine.start('approve', { sum: 12 }, { key: 'a1' })
  assert.deepEqual((await engine.inbox('eve')).items, [])
  const { items, next } = await engine.inbox(bo)
  assert.deepEqual([items.length, next], [1, null])
  const [task] = items
  const { id, created, due, form, ...rest } = task
  assert.equal(due - created, 2 * 3600 * 1000)
  assert.equal(form.required[0], 'note')
  assert.deepEqual(rest, {
    flow: 'approve',
    instance: instance.id,
    key: 'a1',
    step: 'review',
    title: 'Look at it',
    status: 'offered',
    assignee: null,
    candidates: { roles: ['boss'], groups: [], users: [] },
    excluded: [],
    priority: 'high',
    data: { sum: 12 },
    outcomes: ['yes_please', 'no_thanks'],
    escalated: false,
  })
  assert.deepEqual(await engine.task(id), task)
  await assert.rejects(engine.claim(id, 'eve'), ForbiddenError)
  await engine.claim(id, bo)
  assert.deepEqual([(await engine.task(id)).status, (await engine.task(id)).assignee], ['claimed', 'bo'])
  await assert.rejects(engine.claim(id, cy), ConflictError)
  const done = { outcome: 'yes_please', data: { note: 'fine' }, request: 'r1' }
  await assert.rejects(engine.complete(id, bo, { outcome: 'yes_please', data: {} }), InvalidInputError)
  await engine.complete(id, bo, done)
  assert.deepEqual(await instance.result(), { outcome: 'yes_please', data: { note: 'fine' }, by: 'bo' })
  await assert.rejects(engine.task(id), NotFoundError)
})

test('tasks go from hand to hand', async (t) => {
  const engine = await open(t)
  await engine.deploy(FLOW)
  await engine.start('approve', { sum: 1 })
  const task = (await engine.inbox(bo)).items[0].id
  await engine.claim(task, bo)
  await engine.release(task, bo)
  assert.equal((await engine.tasks({ unassigned: true })).items.length, 1)
  await engine.claim(task, bo)
  await engine.reassign(task, bo, 'cy')
  assert.equal((await engine.tasks({ assignee: 'cy' })).items.length, 1)
  await engine.escalate(task, cy, 'owner', { reason: 'too large' })
  const escalated = await engine.task(task)
  assert.deepEqual([escalated.escalated, escalated.candidates.roles.includes('owner')], [true, true])
})

test('tasks are found, page by page', async (t) => {
  const engine = await open(t)
  await engine.deploy(FLOW)
  const started = await Promise.all([1, 2, 3].map((sum) => engine.start('approve', { sum })))
  const first = await engine.tasks({ flow: 'approve', priority: 'high', oldestFirst: true, limit: 2 })
  const rest = await engine.inbox(bo, { limit: 2, oldestFirst: true, after: first.next })
  const found = [...first.items, ...rest.items].map(({ instance }) => instance)
  assert.deepEqual(found.toSorted(), started.map(({ id }) => id).toSorted())
  assert.equal((await engine.tasks({ dueBefore: new Date() })).items.length, 0)
  assert.equal((await engine.tasks({ instance: started[0].id })).items.length, 1)
})
