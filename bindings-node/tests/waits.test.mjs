import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'

import { AbortError, InstanceAborted, WaitTimedOutError } from 'flowwright'

import { WAITING, open } from './support.mjs'

test('a wait that is given up changes nothing for the instance', async (t) => {
  const engine = await open(t)
  await engine.deploy(WAITING)
  const instance = await engine.start('waiting')
  const giveUp = new AbortController()
  const waiting = instance.result({ signal: giveUp.signal })
  giveUp.abort('changed my mind')
  const error = await waiting.catch((error) => error)
  assert.ok(error instanceof AbortError)
  assert.deepEqual([error.name, error.code, error.cause], ['AbortError', 'ABORT_ERR', 'changed my mind'])
  await assert.rejects(instance.wait({ signal: AbortSignal.abort() }), AbortError)
  await assert.rejects(instance.wait({ signal: AbortSignal.timeout(1) }), AbortError)
  assert.equal(await instance.outcome(), null)
  await instance.signal('go', 7)
  assert.equal(await instance.result({ signal: new AbortController().signal }), 7)
})

test('thousands of waits may share a signal, and leave nothing behind', async (t) => {
  const warnings = []
  const warn = (warning) => warnings.push(warning.name)
  process.on('warning', warn)
  t.after(() => process.off('warning', warn))
  const engine = await open(t)
  await engine.deploy(WAITING)
  const [kept, over] = await Promise.all([engine.start('waiting'), engine.start('waiting')])
  const giveUp = new AbortController()
  const { signal } = giveUp
  const waits = Array.from({ length: 2000 }, (_, n) => (n % 2 ? kept : over).wait({ signal }).catch(({ name }) => name))
  await over.signal('go', 1)
  await Promise.all(waits.filter((_, n) => n % 2 === 0))
  giveUp.abort()
  const ended = await Promise.all(waits)
  assert.equal(ended.filter((end) => end === 'AbortError').length, 1000)
  assert.equal(ended.filter((end) => end.status === 'completed').length, 1000)
  await new Promise(setImmediate)
  assert.deepEqual([warnings, getEventListeners(signal, 'abort').length], [[], 0])
})

test('a wait ends after its time', async (t) => {
  const engine = await open(t)
  await engine.deploy(WAITING)
  const instance = await engine.start('waiting')
  const error = await instance.result({ timeout: '5ms' }).catch((error) => error)
  assert.ok(error instanceof WaitTimedOutError)
  assert.equal(error.retryable, true)
  await assert.rejects(instance.wait({ timeout: 1 }), WaitTimedOutError)
  await assert.rejects(instance.wait({ timeout: '1 fortnight' }), /no length of time/)
})

test('signals wait for their step, and come once', async (t) => {
  const engine = await open(t)
  await engine.deploy(`
flow: two
steps:
  - {id: first, type: signal, name: a, next: second}
  - {id: second, type: signal, name: b}
output: ['\${ steps.first.output }', '\${ steps.second.output }']
`)
  const instance = await engine.start('two')
  await instance.signal('b', { early: true }, { id: 'b1' })
  await instance.signal('b', { early: 'again' }, { id: 'b1', ttl: '1h' })
  assert.deepEqual((await instance.explain()).keptSignals, ['b'])
  const [waiting] = (await instance.explain()).waiting
  assert.deepEqual([waiting.step, waiting.kind, waiting.until], ['first', 'signal', null])
  assert.ok(waiting.since instanceof Date)
  await engine.signal(instance.id, 'a')
  assert.deepEqual(await instance.result(), [null, { early: true }])
})

test('a message finds who waits for it', async (t) => {
  const engine = await open(t)
  await engine.deploy(`
flow: paid
steps: [{id: wait, type: signal, name: payment, correlate: input.order}]
`)
  const [a, b] = await Promise.all(['a', 'b'].map((order) => engine.start('paid', { order })))
  assert.deepEqual(await engine.message('payment', 'b', { sum: 3 }), [b.id])
  assert.deepEqual(await b.result(), { sum: 3 })
  assert.equal(await a.outcome(), null)
})

test('operators hold, mend and end instances', async (t) => {
  const engine = await open(t, {
    activities: {
      fail: () => {
        throw Object.assign(new Error('broken'), { name: 'Broken' })
      },
    },
  })
  await engine.deploy(WAITING)
  await engine.deploy('flow: fail\nsteps: [{id: only, type: activity, handler: fail, retry: {attempts: 1}}]')
  const held = await engine.start('waiting')
  await held.suspend({ by: 'ada', reason: 'audit' })
  assert.equal((await held.summary()).status, 'suspended')
  await held.resume({ by: 'ada' })
  await held.abort({ by: 'ada', reason: 'no need', compensate: true })
  const aborted = await held.result().catch((error) => error)
  assert.ok(aborted instanceof InstanceAborted)
  assert.equal(aborted.instance, held.id)
  assert.deepEqual(aborted.operator, { by: 'ada', reason: 'no need' })
  assert.equal(aborted.message, `instance ${held.id} was aborted by ada: no need`)
  const acts = (await held.history()).filter(({ type }) => type.startsWith('instance_'))
  assert.ok(acts.some(({ operator }) => operator?.by === 'ada' && operator?.reason === 'no need'), JSON.stringify(acts))

  const failed = await Promise.all([1, 2, 3].map(() => engine.start('fail')))
  await Promise.all(failed.map((instance) => instance.wait()))
  engine.activity('fail', () => 'mended')
  await failed[0].retry('only', { by: 'ada', anew: true })
  await failed[1].skip('only', { by: 'ada' })
  await failed[2].completeStep('only', 'by hand', { by: 'ada' })
  assert.deepEqual(await Promise.all(failed.map((instance) => instance.result())), ['mended', null, 'by hand'])
  await assert.rejects(failed[0].retry('only'), { code: 'instance_closed' })
})
