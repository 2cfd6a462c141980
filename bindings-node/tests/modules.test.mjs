import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import * as esm from 'flowwright'
import * as next from 'flowwright/next'

const require = createRequire(import.meta.url)

test('both ways of importing give the same things', () => {
  const cjs = require('flowwright')
  const names = Object.keys(cjs)
  assert.ok(names.includes('Engine') && names.includes('ActivityError') && names.length > 30)
  for (const name of names) {
    assert.equal(esm[name], cjs[name], name)
  }
  assert.equal(next.defineEngine, require('flowwright/next').defineEngine)
  assert.equal(require('flowwright/package.json').version, esm.version)
})

test('a platform without a build is named', async (t) => {
  const { program } = await import('./support.mjs')
  const { code, said } = await program(t, 'platform').ended
  assert.equal(code, 0)
  assert.match(said, /flowwright has no build for sunos-sparc; there are builds for linux-x64-gnu/)
  assert.match(said, /cannot load its build for darwin-arm64: install the package flowwright-darwin-arm64/)
})

test('every platform that is looked for has its package, in the same release', async () => {
  const { PLATFORMS, manifestText, root } = await import('../scripts/platforms.mjs')
  const { readFile } = await import('node:fs/promises')
  const loader = await readFile(`${root}/dist/native.js`, 'utf8')
  for (const name of Object.keys(PLATFORMS)) {
    assert.equal(await readFile(`${root}/npm/${name}/package.json`, 'utf8'), manifestText(name))
    assert.ok(loader.includes(`require('flowwright-${name}')`), name)
    assert.ok(loader.includes(`flowwright.${name}.node`), name)
  }
})
