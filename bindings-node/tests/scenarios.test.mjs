// The scenarios that every language plays: their types hold, and they print what is expected.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const examples = join(root, '..', 'examples')
// Within the package, so that what is imported as `flowwright` is this package.
const compiled = join(root, 'tests', '.scenarios')
const scenarios = readdirSync(examples).filter((name) => existsSync(join(examples, name, 'main.ts')))

before(() => {
  rmSync(compiled, { recursive: true, force: true })
  mkdirSync(compiled)
  writeFileSync(join(compiled, 'package.json'), '{"type": "module"}')
  writeFileSync(
    join(compiled, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: {
        rootDir: examples,
        outDir: join(compiled, 'out'),
        declaration: false,
        module: 'esnext',
        moduleResolution: 'bundler',
        typeRoots: [join(root, 'node_modules', '@types')],
        paths: { flowwright: [join(root, 'dist', 'index.d.mts')] },
      },
      include: [join(examples, '*', 'main.ts')],
    }),
  )
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const ran = spawnSync(process.execPath, [tsc, '-p', compiled], { encoding: 'utf8' })
  assert.equal(ran.status, 0, ran.stdout)
  writeFileSync(join(compiled, 'out', 'package.json'), '{"type": "module"}')
  // A package finds itself by its name only from its own scope: the scenarios get a link to it.
  mkdirSync(join(compiled, 'node_modules', 'flowwright'), { recursive: true })
  writeFileSync(
    join(compiled, 'node_modules', 'flowwright', 'package.json'),
    '{"name": "flowwright", "type": "module", "exports": "./index.js"}',
  )
  writeFileSync(
    join(compiled, 'node_modules', 'flowwright', 'index.js'),
    `export * from ${JSON.stringify(new URL('../dist/index.mjs', import.meta.url).href)}\n`,
  )
})

after(() => rmSync(compiled, { recursive: true, force: true }))

for (const scenario of scenarios) {
  test(scenario, () => {
    const folder = join(examples, scenario)
    const ran = spawnSync(process.execPath, [join(compiled, 'out', scenario, 'main.js')], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
    })
    assert.equal(ran.stderr, '')
    assert.equal(ran.stdout, readFileSync(join(folder, 'expected.txt'), 'utf8'))
  })
}

test('all are there', () => {
  assert.deepEqual(scenarios, ['approval', 'bulk_import', 'order_saga', 'payment_signal'])
})
