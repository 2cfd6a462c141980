import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ERROR_CLASSES, FlowwrightError, InvalidDefinitionError, validate } from 'flowwright'

import { bindings } from '../dist/native.js'
import { errorOf } from '../dist/errors.js'
import { open } from './support.mjs'

test('every kind of error has its class, and no class is left over', () => {
  assert.deepEqual(Object.keys(ERROR_CLASSES).toSorted(), bindings().errorCodes().toSorted())
  for (const [code, Class] of Object.entries(ERROR_CLASSES)) {
    const name = code.replace(/(?:^|_)(.)/g, (_, letter) => letter.toUpperCase())
    assert.equal(Class.name, `${name}Error`)
    const error = errorOf({ code, message: 'why', retryable: true, context: { at: 'x' } })
    assert.ok(error instanceof Class && error instanceof FlowwrightError && error instanceof Error)
    assert.deepEqual([error.name, error.code, error.message, error.retryable], [Class.name, code, 'why', true])
    assert.deepEqual(error.context, { at: 'x' })
  }
  assert.deepEqual(bindings().retryableCodes().toSorted(), [
    'lease_lost',
    'overloaded',
    'store_unavailable',
    'wait_timed_out',
  ])
})

test('a code that is not known yet is an error all the same', () => {
  const error = errorOf({ code: 'of_tomorrow', message: 'new', retryable: false })
  assert.deepEqual([error.constructor, error.code], [FlowwrightError, 'of_tomorrow'])
})

test('a definition that is wrong tells where, and the stack leads to the caller', async (t) => {
  const engine = await open(t)
  const wrong = 'flow: x\nsteps: [{id: a, type: timer}]'
  async function whoAsks() {
    return await engine.deploy(wrong)
  }
  const error = await whoAsks().catch((error) => error)
  assert.ok(error instanceof InvalidDefinitionError)
  assert.deepEqual([error.diagnostics.length, error.diagnostics[0].line], [1, 2])
  assert.match(error.stack, /whoAsks/)
  const { ok, diagnostics } = await validate(wrong)
  assert.deepEqual([ok, diagnostics], [false, error.diagnostics])
})
