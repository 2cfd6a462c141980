import assert from 'node:assert/strict'
import { test } from 'node:test'

import { AlreadyExistsError, Engine, InvalidArgumentError, NotFoundError, ShuttingDownError, version } from 'flowwright'

import { WAITING, database, one, open } from './support.mjs'

test('a flow runs, and its output comes back', async (t) => {
  const engine = await open(t, { activities: { greet: async ({ name }) => `Hello, ${name}!` } })
  const deployed = await engine.deploy(one('greet'))
  assert.deepEqual(deployed, { flow: 'greet', version: 1, diagnostics: [] })
  const instance = await engine.start('greet', { name: 'Ada' })
  assert.equal(instance.existing, false)
  assert.equal(await instance.result(), 'Hello, Ada!')
  assert.deepEqual(await instance.wait(), { status: 'completed', output: 'Hello, Ada!', error: null, operator: null })
  assert.deepEqual(await instance.outcome(), await instance.wait())
})

test('a handler may come later, and another take its place', async (t) => {
  const engine = await open(t)
  await engine.deploy(one('late'))
  const instance = await engine.start('late', 1)
  engine.activity('late', (input) => ['first', input])
  assert.deepEqual(await instance.result(), ['first', 1])
  engine.activity('late', () => 'second')
  assert.equal(await (await engine.start('late', 1)).result(), 'second')
})

test('keys are unique in a flow', async (t) => {
  const engine = await open(t)
  await engine.deploy(WAITING)
  const first = await engine.start('waiting', {}, { key: 'k', labels: { team: 'a' } })
  const second = await engine.start('waiting', {}, { key: 'k' })
  assert.deepEqual([second.id, second.existing], [first.id, true])
  await assert.rejects(engine.start('waiting', {}, { key: 'k', ifExists: 'refuse' }), AlreadyExistsError)
  assert.equal((await engine.find('waiting', 'k')).id, first.id)
  assert.equal(await engine.find('waiting', 'other'), null)
  assert.equal(`${engine.instance(first.id)}`, first.id)
})

test('instances are found, page by page', async (t) => {
  const engine = await open(t)
  await engine.deploy(WAITING)
  const before = new Date(Date.now() - 1000)
  const started = await Promise.all([1, 2, 3].map((n) => engine.start('waiting', { n }, { labels: { n: `${n}` } })))
  const first = await engine.instances({ flow: 'waiting', limit: 2, startedFrom: before })
  const rest = await engine.instances({ flow: 'waiting', limit: 2, after: first.next })
  const ids = [...first.items, ...rest.items].map(({ id }) => id)
  assert.deepEqual(ids.toSorted(), started.map(({ id }) => id).toSorted())
  assert.equal(rest.next, null)
  assert.equal(await engine.count({ status: 'running' }), 3)
  assert.equal(await engine.count({ status: ['completed', 'failed'] }), 0)
  const { items } = await engine.instances({ labels: { n: '2' } })
  assert.equal(items.length, 1)
  const [{ started: at, ended, errorCode, key, seq, ...rest2 }] = items
  assert.ok(at instanceof Date && at >= before)
  assert.ok(seq > 0)
  assert.deepEqual([ended, errorCode, key], [null, null, null])
  assert.deepEqual(rest2, {
    id: started[1].id,
    flow: 'waiting',
    version: 1,
    status: 'running',
    labels: { n: '2' },
    parent: null,
  })
})

test('everything about an instance', async (t) => {
  const engine = await open(t, { activities: { add: ({ a, b }) => a + b } })
  await engine.deploy(`
flow: sum
vars: {twice: '\${ input.a * 2 }'}
steps: [{id: add, type: activity, handler: add, with: '\${ input }'}]
output: {sum: '\${ steps.add.output }'}
`)
  const instance = await engine.start('sum', { a: 1, b: 2, snake_case: { camelCase: null } }, { key: 'x' })
  assert.deepEqual(await instance.result(), { sum: 3 })
  const view = await instance.get()
  assert.deepEqual(view.input, { a: 1, b: 2, snake_case: { camelCase: null } })
  assert.deepEqual([view.status, view.key, view.parent, view.vars], ['completed', 'x', null, { twice: 2 }])
  const { started, ended, ...step } = view.steps.add
  assert.ok(started instanceof Date && ended >= started && view.ended >= view.started)
  const settled = { status: 'completed', iteration: 0, attempts: 1, output: 3, error: null, compensated: false }
  assert.deepEqual(step, settled)
  const history = await instance.history()
  assert.deepEqual([history[0].type, history.at(-1).type], ['instance_started', 'instance_ended'])
  assert.equal((await instance.summary()).seq, history.length)
  assert.equal((await instance.explain()).summary, 'it has completed')
  assert.equal((await engine.verify(instance.id)).ok, true)
  assert.equal((await engine.verify()).ok, true)
})

test('definitions, their labels and drawings', async (t) => {
  const engine = await open(t)
  await engine.deploy(WAITING)
  await engine.deploy(`${WAITING}title: Another\n`)
  await engine.setLabel('waiting', 1, 'stable')
  const [first, second] = await engine.definitions()
  assert.deepEqual([first.version, first.labels, second.version], [1, ['stable'], 2])
  assert.ok(first.deployed instanceof Date)
  const instance = await engine.start('waiting', {}, { versionLabel: 'stable' })
  assert.equal((await instance.summary()).version, 1)
  assert.equal((await engine.draw('waiting')).steps[0].id, 'wait')
  assert.match(await engine.draw('waiting', { format: 'mermaid' }), /flowchart/)
  const load = await engine.load()
  assert.deepEqual([load.queued, load.running], [0, 0])
  assert.ok(load.shards.length > 0)
})

test('what is wrong is told at once', async (t) => {
  const engine = await open(t)
  await assert.rejects(Engine.open('nowhere:'), InvalidArgumentError)
  await assert.rejects(Engine.open('memory:', { lease: 'soon' }), /no length of time/)
  await assert.rejects(Engine.open('memory:', { activities: { a: 1 } }), /no function/)
  await assert.rejects(engine.start('unknown'), NotFoundError)
  await assert.rejects(engine.get('not an id'), InvalidArgumentError)
  await assert.rejects(engine.start('x', { deep: [{ ratio: Number.NaN }] }), /input\.deep\[0\]\.ratio is NaN/)
  await assert.rejects(engine.start('x', { n: 1n }), /cannot be written as JSON/)
  await assert.rejects(engine.deploy('flows/loan.yaml'), /write \{path/)
  await assert.rejects(engine.deploy({ path: 'flows/none.yaml' }), InvalidArgumentError)
  assert.throws(() => engine.activity('a', 'b'), /no function/)
})

test('text that is no Unicode is refused, and the rest of the batch is done', async (t) => {
  const engine = await open(t, { activities: { odd: () => '\ud800' } })
  await engine.deploy(one('odd'))
  const [bad, good] = await Promise.allSettled([
    engine.start('odd', '\ud800'),
    engine.start('odd', 'fine').then((instance) => instance.wait()),
  ])
  assert.equal(bad.reason?.code, 'invalid_argument')
  assert.deepEqual([good.value.status, good.value.error.code], ['failed', 'invalid_output'])
})

test('a closed engine says so', async () => {
  const engine = await Engine.open('memory:')
  await engine.deploy(WAITING)
  const instance = await engine.start('waiting')
  const waiting = assert.rejects(instance.result(), ShuttingDownError)
  await Promise.all([engine.close(0), engine.close()])
  await waiting
  assert.equal(engine.closed, true)
  await assert.rejects(engine.start('waiting'), ShuttingDownError)
  engine.activity('later', () => 1)
})

test('several engines, also on one database', async (t) => {
  const url = await database(t)
  const [one, two, other] = await Promise.all([open(t, {}, url), open(t, {}, url), open(t)])
  await one.deploy(WAITING)
  const instance = await one.start('waiting', {}, { key: 'shared' })
  assert.equal((await two.find('waiting', 'shared')).id, instance.id)
  await two.signal(instance.id, 'go', 'from the other')
  assert.equal(await instance.result(), 'from the other')
  assert.deepEqual(await other.definitions(), [])
})

test('the release is that of the bridge', async () => {
  const { bindings } = await import('../dist/native.js')
  assert.equal(bindings().version(), version)
})
