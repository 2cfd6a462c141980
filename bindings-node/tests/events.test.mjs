import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Engine } from 'flowwright'

import { WAITING, one, open } from './support.mjs'

test('a loop sees what happens, and leaving it ends the stream', async (t) => {
  const engine = await open(t, { activities: { echo: (input) => input } })
  await engine.deploy(one('echo'))
  const events = engine.events()
  await events.ready
  const instance = await engine.start('echo', 'x')
  const seen = []
  for await (const event of events) {
    assert.deepEqual([event.instance, event.flow], [instance.id, 'echo'])
    seen.push(event)
    if (event.type === 'instance_ended') {
      break
    }
  }
  const told = seen.map(({ seq, type, step }) => [seq, type, step])
  assert.deepEqual(told, (await instance.history()).map(({ seq, type, step }) => [seq, type, step]))
  assert.deepEqual(await events.next(), { done: true, value: undefined })
  assert.ok(events.position >= seen.at(-1).position)
})

test('a stream goes on behind a position, and may be of one instance', async (t) => {
  const engine = await open(t)
  await engine.deploy(WAITING)
  const [one, two] = await Promise.all([engine.start('waiting'), engine.start('waiting')])
  const all = engine.events({ after: 0, batch: 1 })
  const first = (await all.next()).value
  const again = engine.events({ after: all.position })
  // Those that became durable with it come again, so that none is missed.
  assert.ok((await again.next()).value.seq <= first.seq + 1)
  await again[Symbol.asyncDispose]()
  assert.equal((await again.next()).done, true)
  const own = two.events({ after: 0 })
  await two.signal('go', 1)
  await one.signal('go', 1)
  const types = []
  for await (const { type, instance } of own) {
    assert.equal(instance, two.id)
    types.push(type)
    if (type === 'instance_ended') break
  }
  assert.ok(types.includes('signal_delivered'), types.join())
})

test('several asks at once are answered in order', async (t) => {
  const engine = await open(t)
  await engine.deploy(WAITING)
  await engine.start('waiting')
  const events = engine.events({ after: 0, batch: 1 })
  const both = await Promise.all([events.next(), events.next()])
  assert.deepEqual(
    both.map(({ value }) => value.seq),
    [1, 2],
  )
  await events.return()
})

test('a stream ends when it is aborted, returned or its engine closed', async () => {
  const engine = await Engine.open('memory:')
  const stop = new AbortController()
  const aborted = engine.events({ signal: stop.signal })
  const [waiting, closed, returned] = [aborted.next(), engine.events().next(), engine.events()]
  const left = returned.next()
  await aborted.ready
  stop.abort()
  await returned.return()
  const end = { done: true, value: undefined }
  assert.deepEqual([await waiting, await left], [end, end])
  assert.deepEqual(await engine.events({ signal: AbortSignal.abort() }).next(), end)
  await engine.close(0)
  assert.deepEqual(await closed, end)
})
