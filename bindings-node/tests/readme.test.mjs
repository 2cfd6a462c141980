import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const tsc = createRequire(import.meta.url).resolve('typescript/package.json').replace(/package\.json$/, 'bin/tsc')

/** The programs of the README: those that name a file, and the rest of them one after the other in `main.ts`. */
function programs() {
  const text = readFileSync(join(here, '../README.md'), 'utf8')
  const files = { 'main.ts': '' }
  for (const [, program] of text.matchAll(/```ts\n(.*?)```/gs)) {
    const name = /^\/\/ ([\w/.]+\.ts)\b/.exec(program)?.[1]
    files[name ?? 'main.ts'] = name ? program : `${files['main.ts']}\n${program}`
  }
  return files
}

/** Compiles programs as strictly as can be, and runs `main.ts`: what it says. */
function run(t, files) {
  const folder = mkdtempSync(join(tmpdir(), 'flowwright-readme-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, program] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), program)
  }
  // The package, and what it is compiled with.
  const modules = join(here, '../node_modules')
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(join(here, '..'), join(folder, 'node_modules/flowwright'))
  symlinkSync(join(modules, '@types'), join(folder, 'node_modules/@types'))
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
  const compilerOptions = {
    strict: true,
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    module: 'esnext',
    moduleResolution: 'bundler',
    types: ['node'],
    rootDir: '.',
    outDir: 'out',
  }
  const sources = Object.keys(files).filter((name) => name.endsWith('.ts'))
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: sources }))
  const compiled = spawnSync(process.execPath, [tsc, '-p', '.'], { cwd: folder, encoding: 'utf8' })
  assert.equal(compiled.status, 0, compiled.stdout)
  const ran = spawnSync(process.execPath, ['out/main.js'], { cwd: folder, encoding: 'utf8', timeout: 60_000 })
  assert.equal(ran.status, 0, ran.stderr)
  return ran.stdout
}

test('the programs of the README compile, and say hello', (t) => {
  const files = programs()
  assert.deepEqual(Object.keys(files).sort(), ['instrumentation.ts', 'lib/engine.ts', 'main.ts', 'next.config.ts'])
  assert.equal(run(t, files), 'Hello, Ada!\n')
})

test('so do the ten lines of the whole project', (t) => {
  const text = readFileSync(join(here, '../../README.md'), 'utf8')
  const [, flow] = /```yaml\n(.*?)```/s.exec(text)
  const [, program] = /```ts\n(.*?)```/s.exec(text)
  assert.equal(run(t, { 'hello.yaml': flow, 'main.ts': program }), 'Hello, Ada!\n')
})
