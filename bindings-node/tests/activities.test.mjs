import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ActivityContext, ActivityError, InstanceFailed } from 'flowwright'

import { deferred, one, open } from './support.mjs'

const RETRY = 'retry: {attempts: 3, backoff: fixed, initial: 0s}'

test('a failure that may be retried is, with the same idempotency key', async (t) => {
  const seen = []
  const flaky = async (input, context) => {
    seen.push([context.attempt, context.idempotencyKey, context.step, context.purpose])
    if (context.attempt < 3) {
      throw new ActivityError('busy', 'not yet', { details: { attempt: context.attempt } })
    }
    return input
  }
  const engine = await open(t, { activities: { flaky } })
  await engine.deploy(one('flaky', RETRY))
  const instance = await engine.start('flaky', 'in')
  assert.equal(await instance.result(), 'in')
  const key = seen[0][1]
  assert.deepEqual(
    seen,
    [1, 2, 3].map((attempt) => [attempt, key, 'only', 'run']),
  )
  const failed = (await instance.history()).filter(({ type }) => type === 'attempt_failed')
  assert.deepEqual(
    failed.map(({ error }) => [error.code, error.details]),
    [1, 2].map((attempt) => ['busy', { attempt }]),
  )
})

test('a failure that may not be retried fails the instance, with all that the handler said', async (t) => {
  const refuse = async () => {
    throw new ActivityError('refused', 'no', { retryable: false, details: { why: 'rules' } })
  }
  const engine = await open(t, { activities: { refuse } })
  await engine.deploy(one('refuse', RETRY))
  const instance = await engine.start('refuse', {})
  const failed = await instance.result().catch((error) => error)
  assert.ok(failed instanceof InstanceFailed)
  assert.deepEqual([failed.code, failed.name, failed.instance], ['instance_failed', 'InstanceFailed', instance.id])
  const error = { code: 'refused', message: 'no', details: { why: 'rules' }, step: 'only', attempt: 1 }
  assert.deepEqual(failed.error, error)
  assert.match(failed.message, /at step only: refused: no/)
})

test('whatever else is thrown, at once or later, is a failure with its stack', async (t) => {
  let calls = 0
  const activities = {
    sync: () => {
      calls += 1
      null.missing
    },
    async: async () => {
      throw new RangeError('too far')
    },
    text: () => Promise.reject('only text'),
    odd: () => ({
      then() {
        throw new Error('a thenable that throws')
      },
    }),
  }
  const engine = await open(t, { activities })
  const outcome = async (name) => {
    await engine.deploy(one(name, RETRY))
    return (await (await engine.start(name, {})).wait()).error
  }
  const [sync, async_, text, odd] = await Promise.all(['sync', 'async', 'text', 'odd'].map(outcome))
  assert.deepEqual([sync.code, sync.attempt, calls], ['TypeError', 3, 3])
  assert.match(sync.details.stack, /activities\.test\.mjs/)
  assert.deepEqual([async_.code, async_.message], ['RangeError', 'too far'])
  assert.deepEqual([text.code, text.message], ['string', 'only text'])
  assert.deepEqual([odd.code, odd.message], ['Error', 'a thenable that throws'])
})

test('outputs that JSON does not have are refused, and nothing is an output too', async (t) => {
  const activities = { nan: () => ({ x: Infinity }), fn: () => () => 1, nothing: () => {}, date: () => new Date(0) }
  const engine = await open(t, { activities })
  const outcome = async (name) => {
    await engine.deploy(one(name))
    return await (await engine.start(name, {})).wait()
  }
  const [nan, fn, nothing, date] = await Promise.all(Object.keys(activities).map(outcome))
  assert.deepEqual([nan.error.code, nan.error.message.includes('output.x is Infinity')], ['invalid_output', true])
  assert.equal(fn.error.code, 'invalid_output')
  assert.deepEqual([nothing.output, date.output], [null, '1970-01-01T00:00:00.000Z'])
})

test('errors of another copy of the package count', async (t) => {
  const copy = Object.assign(new Error('no'), {
    [Symbol.for('flowwright.ActivityError')]: true,
    code: 'copied',
    retryable: false,
    details: null,
  })
  const engine = await open(t, { activities: { fail: () => Promise.reject(copy) } })
  await engine.deploy(one('fail', RETRY))
  assert.equal((await (await engine.start('fail', {})).wait()).error.code, 'copied')
})

test('a handler that is not wanted any more is told', async (t) => {
  const [began, told] = [deferred(), deferred()]
  const slow = (_, context) => {
    assert.equal(context.cancelled, false)
    began.resolve(context)
    return new Promise((_, reject) => {
      context.signal.addEventListener('abort', () => {
        told.resolve(context.signal.reason)
        reject(context.signal.reason)
      })
    })
  }
  const engine = await open(t, { activities: { slow } })
  await engine.deploy(one('slow'))
  const instance = await engine.start('slow', {})
  const context = await began.promise
  assert.ok(context instanceof ActivityContext)
  await instance.abort({ by: 'ada', reason: 'enough' })
  assert.equal((await told.promise).name, 'AbortError')
  assert.equal(context.cancelled, true)
  assert.equal((await instance.wait()).status, 'aborted')
})

test('a signal that is asked for too late is aborted already', async (t) => {
  const [began, over] = [deferred(), deferred()]
  const slow = async (_, context) => {
    began.resolve(context)
    await over.promise
  }
  const engine = await open(t, { activities: { slow } })
  await engine.deploy(one('slow', 'timeout: 10ms'))
  const instance = await engine.start('slow', {})
  const context = await began.promise
  assert.equal((await instance.wait()).error.code, 'timeout')
  assert.equal(context.signal.aborted, true)
  over.resolve()
})

test('heartbeats reach the next attempt', async (t) => {
  const seen = []
  const work = async (_, context) => {
    seen.push(context.lastHeartbeat)
    assert.equal(context.deadline > new Date(), true)
    if (context.attempt === 1) {
      context.heartbeat({ done: 3 })
      throw new ActivityError('busy')
    }
  }
  const engine = await open(t, { activities: { work } })
  await engine.deploy(one('work', `${RETRY}, deadline: 1h`))
  await (await engine.start('work', {})).result()
  assert.deepEqual(seen, [null, { done: 3 }])
})

test('a handler writes with the instance and the step', async (t) => {
  const lines = []
  const logger = Object.fromEntries(
    ['debug', 'info', 'warn', 'error'].map((level) => [level, (...line) => lines.push([level, ...line])]),
  )
  const engine = await open(t, { logger, activities: { say: (_, context) => context.logger.info('hello', { n: 1 }) } })
  await engine.deploy(one('say'))
  const instance = await engine.start('say', {})
  await instance.result()
  const fields = { instance: instance.id, step: 'only', attempt: 1 }
  assert.deepEqual(lines, [['info', 'hello', { n: 1 }, fields]])
})

test('steps are undone by their handlers', async (t) => {
  const undone = []
  const activities = {
    book: () => 'room 7',
    unbook: (input, context) => undone.push([input, context.purpose]),
    fail: () => {
      throw new ActivityError('full', 'no seats', { retryable: false })
    },
  }
  const engine = await open(t, { activities })
  await engine.deploy(`
flow: trip
on_failure: compensate
steps:
  - {id: room, type: activity, handler: book, compensate: {handler: unbook, with: '\${ steps.room.output }'}, next: seat}
  - {id: seat, type: activity, handler: fail}
`)
  const { status, error } = await (await engine.start('trip', {})).wait()
  assert.deepEqual([status, error.code, undone], ['failed', 'full', [['room 7', 'compensate']]])
})
