import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defineEngine } from 'flowwright/next'

import { WAITING, database, program } from './support.mjs'

const load = async (edition) => (await import(`./programs/lib-engine.mjs?edition=${edition}`)).engine
const greet = async (engine) => await (await engine.start('hi', 'Ada')).result()

test('there is one engine, however often a module is evaluated', async () => {
  const first = await load(1)
  const [one, same] = await Promise.all([first(), first()])
  assert.equal(one, same)
  assert.equal(await greet(one), 'Hello, Ada, from 1!')
  const waiting = await one.start('hi', 'Bo')

  const second = await load(2)
  assert.equal(await second(), one)
  assert.equal(await first(), one)
  assert.equal(await greet(one), 'Hello, Ada, from 2!')
  assert.match(await waiting.result(), /Hello, Bo, from [12]!/)
  assert.equal((await one.definitions()).length, 2)
  assert.equal(globalThis.opened, 1)
  await one.close()
})

test('handlers are replaced without anybody asking', async () => {
  const options = { name: 'unasked', url: 'memory:', closeOnSignals: false, flows: [WAITING] }
  const flow = 'flow: late\nsteps: [{id: a, type: activity, handler: late}]'
  const engine = await defineEngine({ ...options, flows: [flow] })()
  const instance = await engine.start('late')
  defineEngine({ ...options, activities: { late: () => 'now' } })
  assert.equal(await instance.result(), 'now')
  await engine.close()
})

test('a setup that fails is tried again, on the same engine', async () => {
  let tries = 0
  const engines = []
  const setup = (engine) => {
    engines.push(engine)
    if (++tries === 1) {
      throw new Error('not yet')
    }
  }
  const engine = defineEngine({ name: 'again', url: 'memory:', closeOnSignals: false, setup })
  await assert.rejects(engine(), /not yet/)
  await (await engine()).close()
  assert.deepEqual([tries, engines[0] === engines[1]], [2, true])
  const nowhere = defineEngine({ name: 'nowhere', url: 'nowhere:', closeOnSignals: false })
  await assert.rejects(nowhere(), { code: 'invalid_argument' })
  await assert.rejects(nowhere(), { code: 'invalid_argument' })
})

test('nothing is opened while the app is being built', async (t) => {
  t.after(() => delete process.env.NEXT_PHASE)
  process.env.NEXT_PHASE = 'phase-production-build'
  const url = () => assert.fail('it was opened')
  await assert.rejects(defineEngine({ name: 'build', url })(), /force-dynamic/)
})

test('a process that is told to stop hands over first', async (t) => {
  const url = await database(t)
  const { child, ended, says } = program(t, 'next-server', url)
  await says('ready')
  child.kill('SIGTERM')
  const { signal, said } = await ended
  assert.deepEqual([signal, said], ['SIGTERM', 'ready\nclosed\n'])
})
