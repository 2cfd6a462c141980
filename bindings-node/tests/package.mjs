// Packs the package, installs it in an empty project, and runs the quick start of the README there. Not one of the quick
// tests: `npm run test:package`, after `npm run build`.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const project = mkdtempSync(join(tmpdir(), 'flowwright-project-'))
const run = (command, args, cwd = project) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
try {
  run(process.execPath, ['scripts/package.mjs'], root)
  const packages = readdirSync(join(root, 'artifacts')).map((name) => join(root, 'artifacts', name))
  assert.equal(packages.length, 2, 'the package, and that of this platform')
  writeFileSync(join(project, 'package.json'), '{"name": "quick-start", "private": true}')
  run('npm', ['install', '--no-audit', '--no-fund', '--offline', ...packages])
  const [, quickStart] = /```ts\n(import[^]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))
  // The only type in it is taken out, so that it runs without a compiler.
  const script = quickStart.replace(': { name: string }', '').replace('start<string>', 'start')
  writeFileSync(join(project, 'quick-start.mjs'), script)
  assert.equal(run(process.execPath, ['quick-start.mjs']), 'Hello, Ada!\n')
  writeFileSync(
    join(project, 'common.cjs'),
    `const { Engine } = require('flowwright')
Engine.open('sqlite:app.db').then(async (engine) => console.log((await engine.definitions())[0].flow))`,
  )
  assert.equal(run(process.execPath, ['common.cjs']), 'hello\n')
  console.log('the package installs, and the quick start runs')
} finally {
  rmSync(project, { recursive: true, force: true })
}
