import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'

import { POSTGRES, database, one, open, program } from './support.mjs'

test('a process ends by itself, however many instances wait', async (t) => {
  const { ended } = program(t, 'idle')
  assert.deepEqual(await ended, { code: 0, signal: null, said: 'running 1000\n' })
})

test('a process stays while it waits for an instance', async (t) => {
  const { ended } = program(t, 'awaiting')
  assert.deepEqual(await ended, { code: 0, signal: null, said: 'done\n' })
})

test('a process that serves stays, and stops in good order', async (t) => {
  const url = await database(t)
  const { child, ended, says } = program(t, 'serve', url)
  await Promise.all([says('serving'), says('working')])
  child.kill('SIGTERM')
  const { code, said } = await ended
  assert.equal(code, 0)
  assert.match(said, /stopped by SIGTERM\ntrue\n$/)
  const engine = await open(t, {}, url)
  const instance = await engine.find('work', 'only')
  assert.deepEqual((await instance.get()).steps.work.output, 'finished')
})

for (const [store, place] of [
  ['a file', database],
  ['PostgreSQL', () => POSTGRES],
]) {
  const skip = store === 'PostgreSQL' && !POSTGRES && 'FLOWWRIGHT_POSTGRES names no server'
  test(`what a process had begun when it was killed, others finish: ${store}`, { skip }, async (t) => {
    const [count, flow] = ['200', `steps-${randomUUID()}`]
    const url = await place(t)
    const first = program(t, 'steps', url, 'die', count, flow)
    assert.equal((await first.ended).signal, 'SIGKILL')
    const others = [1, 2].map(() => program(t, 'steps', url, 'go on', count, flow).ended)
    for (const { code, said } of await Promise.all(others)) {
      assert.equal(code, 0)
      assert.match(said, new RegExp(`existing ${count}\nright ${count}\nsound true`))
    }
  })
}

test('engines live in worker threads too', async (t) => {
  const { code, said } = await program(t, 'worker').ended
  assert.equal(said, ['worker by itself', 'worker terminated', 'main thread'].map((who) => `Hello, ${who}!\n`).join(''))
  assert.equal(code, 0)
})

test('the event loop has its turn while a thousand instances run', async (t) => {
  let [turns, longest, last] = [0, 0, performance.now()]
  const engine = await open(t, { activities: { echo: async (input) => input } })
  await engine.deploy(one('echo'))
  const timer = setInterval(() => {
    turns += 1
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }, 1)
  const began = performance.now()
  const instances = await Promise.all(Array.from({ length: 1000 }, (_, n) => engine.start('echo', n)))
  const outputs = await Promise.all(instances.map((instance) => instance.result()))
  const took = performance.now() - began
  clearInterval(timer)
  assert.deepEqual(outputs, [...outputs.keys()])
  assert.ok(turns >= 5, `${turns} turns in ${took} ms, the longest ${longest} ms`)
  assert.ok(longest < took / 2, `a turn took ${longest} of ${took} ms`)
})

test('a handler that blocks for a while does not keep timers waiting for all of its kind', async (t) => {
  let turns = 0
  const block = () => {
    const until = performance.now() + 2
    while (performance.now() < until);
  }
  const engine = await open(t, { activities: { block }, concurrency: 200 })
  await engine.deploy(one('block'))
  const timer = setInterval(() => (turns += 1), 1)
  const instances = await Promise.all(Array.from({ length: 100 }, () => engine.start('block')))
  await Promise.all(instances.map((instance) => instance.result()))
  clearInterval(timer)
  assert.ok(turns >= 10, `${turns} turns`)
})
