// Builds the bridge for this platform and puts it where the package finds it. `--release`: as it is shipped.
import { spawnSync } from 'node:child_process'
import { copyFileSync, renameSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const here = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const release = process.argv.includes('--release') ? ['--release'] : []
const built = spawnSync(
  'cargo',
  ['build', '-p', 'flowwright-node', '--message-format=json-render-diagnostics', ...release],
  { cwd: here, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 28 },
)
if (built.status !== 0) {
  process.exit(built.status ?? 1)
}
const libraries = built.stdout
  .split('\n')
  .filter((line) => line.includes('"compiler-artifact"'))
  .map((line) => JSON.parse(line))
  .filter(({ target }) => target.name === 'flowwright_node')
  .flatMap(({ filenames }) => filenames)
const library = libraries.find((name) => /\.(so|dylib|dll)$/.test(name))
if (!library) {
  throw new Error('the build has given no library')
}
const { platform } = createRequire(import.meta.url)('../dist/platform.js')
const place = join(here, `flowwright.${platform()}.node`)
// A library that a process has loaded must not be written to: it is put in the other's place.
copyFileSync(library, `${place}.new`)
renameSync(`${place}.new`, place)
console.log(place)
