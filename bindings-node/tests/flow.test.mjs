import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { Flow, draw, schema, simulate, validate } from 'flowwright'

import { milliseconds } from '../dist/duration.js'
import { open } from './support.mjs'

const YAML = `
flow: loan
title: A loan
input: {type: object, required: [id], properties: {id: {type: string}, notBy: {type: string}}}
vars: {onFailure: 1}
output: '\${ steps.review.output.outcome }'
on_failure: drain
timeout: 30d
sla: {target: 10d, warn: 8d}
pools: {desk: 1}
defaults: {activity: {timeout: 30s, retry: {attempts: 3, initial: 1s}}}
steps:
  - {id: credit, type: activity, handler: credit.pull, with: {maxIterations: 1, timeout: 5}, timeout: 2m, resources: {desk: 1},
     retry: {attempts: 2, initial: 10ms, except: [refused]}, compensate: {handler: undo, timeout: 5s}, idempotent: false, check: ask}
  - {id: review, type: user_task, role: boss, outcomes: [ok, bad], needs: credit, not_by: [], due: 2h, escalate: {after: 1h, to: owner}}
  - {id: again, type: decision, needs: [{step: review, when: "output.outcome == 'bad'"}], rules: [{when: {field: vars.onFailure, operator: eq, value: 1}, output: a}, {output: b}],
     next: [{to: credit, back: true, max_iterations: 3}]}
  - id: each
    type: for_each
    items: '[1, 2]'
    concurrency: 2
    on_failure: fail_fast
    needs: [{step: review, when: "output.outcome == 'ok'"}]
    steps:
      - {id: wait, type: timer, delay: 50ms, while_suspended: run}
      - {id: tell, type: emit, event: told, data: {x: 1}, next: mark}
      - {id: mark, type: assign, set: {x: "1"}}
    edges: [{from: wait, to: tell}]
  - {id: pass, type: loop, while: "iteration < 2", max_iterations: 5, steps: [{id: go, type: signal, name: go}], needs: [each]}
  - {id: sub, type: call, flow: other, with: {a: 1}, on_cancel: abandon, needs: pass}
  - {id: all, type: group, steps: [{id: fin, type: end, status: failed, error: {code: x, message: y}}], needs: [{step: sub, on: failure}]}
`

const built = () =>
  new Flow('loan', {
    title: 'A loan',
    input: {
      type: 'object',
      required: ['id'],
      properties: { id: { type: 'string' }, notBy: { type: 'string' } },
    },
    vars: { onFailure: 1 },
    output: '${ steps.review.output.outcome }',
    onFailure: 'drain',
    timeout: '30d',
    sla: { target: '10d', warn: '8d' },
    pools: { desk: 1 },
    defaults: { activity: { timeout: 30_000, retry: { attempts: 3, initial: 1000 } } },
  })
    .activity('credit', {
      handler: 'credit.pull',
      with: { maxIterations: 1, timeout: 5 },
      timeout: 120_000,
      resources: { desk: 1 },
      retry: { attempts: 2, initial: 10, except: ['refused'] },
      compensate: { handler: 'undo', timeout: 5000 },
      idempotent: false,
      check: 'ask',
      queue: undefined,
    })
    .userTask('review', {
      role: 'boss',
      outcomes: ['ok', 'bad'],
      needs: 'credit',
      notBy: [],
      due: '2h',
      escalate: { after: '1h', to: 'owner' },
    })
    .decision('again', {
      needs: [{ step: 'review', when: "output.outcome == 'bad'" }],
      rules: [{ when: { field: 'vars.onFailure', operator: 'eq', value: 1 }, output: 'a' }, { output: 'b' }],
      next: [{ to: 'credit', back: true, maxIterations: 3 }],
    })
    .forEach(
      'each',
      {
        items: '[1, 2]',
        concurrency: 2,
        onFailure: 'fail_fast',
        needs: [{ step: 'review', when: "output.outcome == 'ok'" }],
      },
      (item) =>
        item
          .timer('wait', { delay: 50, whileSuspended: 'run' })
          .emit('tell', { event: 'told', data: { x: 1 }, next: 'mark' })
          .assign('mark', { set: { x: '1' } })
          .edge('wait', 'tell'),
    )
    .loop('pass', { while: 'iteration < 2', maxIterations: 5, needs: ['each'] }, (pass) =>
      pass.signal('go', { name: 'go' }),
    )
    .call('sub', { flow: 'other', with: { a: 1 }, onCancel: 'abandon', needs: 'pass' })
    .group('all', { needs: [{ step: 'sub', on: 'failure' }] }, (group) =>
      group.end('fin', { status: 'failed', error: { code: 'x', message: 'y' } }),
    )

test('a flow that is built is the one that is written', async (t) => {
  const fine = { ok: true, diagnostics: [] }
  assert.deepEqual([await validate(built()), await validate(YAML)], [fine, fine])
  const engine = await open(t)
  const [written, made] = [await engine.deploy(YAML), await engine.deploy(built())]
  assert.deepEqual([written.version, made.version], [1, 1])
  assert.deepEqual(await draw(built()), await draw(YAML))
  assert.deepEqual(await draw(JSON.parse(JSON.stringify(built()))), await draw(YAML))
})

test('a flow has a source of every kind', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'flowwright-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'loan.yaml')
  await writeFile(path, YAML)
  const engine = await open(t)
  for (const source of [YAML, { path }, pathToFileURL(path), { path: pathToFileURL(path) }, built().toJSON(), built()]) {
    assert.equal((await engine.deploy(source)).version, 1)
  }
})

test('the handler of an activity is called as its step, unless it is said', () => {
  const { steps } = new Flow('x').activity('pull').activity('push', { handler: 'b' }).toJSON()
  assert.deepEqual(
    steps.map(({ handler }) => handler),
    ['pull', 'b'],
  )
})

test('what needs no engine', async () => {
  const flow = new Flow('two', { output: '${ steps.b.output }' })
    .activity('a', { retry: { attempts: 2, initial: 1000 } })
    .userTask('b', { role: 'r', outcomes: ['yes'], needs: 'a' })
  const report = await simulate(flow, {
    input: {},
    script: {
      steps: { a: [{ after: 500, error: { code: 'busy' } }, { output: 1 }] },
      default: { after: '1m', output: { outcome: 'yes', data: {} }, by: 'bo' },
    },
  })
  assert.deepEqual([report.status, report.output.by, report.steps.a.attempts], ['completed', 'bo', 2])
  assert.ok(report.durationMs >= 61_500 && report.steps.b.endedMs === report.durationMs, `${report.durationMs}`)
  assert.equal((await simulate(flow, { script: { steps: { a: [{ output: 1 }] }, signals: [{ at: 1, name: 's' }] } })).status, 'running')
  assert.match(await draw(flow, 'dot'), /digraph/)
  assert.equal((await schema()).type, 'object')
  await assert.rejects(simulate({ flow: 'x', steps: [] }), { code: 'invalid_definition' })
  await assert.rejects(draw(flow, 'png'), { code: 'invalid_argument' })
  await assert.rejects(validate(7), { code: 'invalid_argument' })
})

test('lengths of time', () => {
  const written = { '500ms': 500, '30s': 30_000, '5m': 300_000, '2h': 7_200_000, '1d': 86_400_000, '1h30m': 5_400_000 }
  for (const [text, length] of Object.entries({ ...written, PT30S: 30_000, P2D: 172_800_000, 'PT1.5S': 1500, '0s': 0 })) {
    assert.equal(milliseconds(text), length, text)
  }
  assert.equal(milliseconds(1.4), 1)
  for (const wrong of ['', 'P', 'PT', '5', '5x', '-1s', -1, Number.NaN, Infinity, '1s1h']) {
    assert.throws(() => milliseconds(wrong), /no length of time/, `${wrong}`)
  }
})
