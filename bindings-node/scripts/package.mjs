// Packs what is installed: the package itself, and one for each platform whose build is here (`flowwright.*.node`). The
// package names those as optional dependencies; `--all` names every platform, as a release does.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { PLATFORMS, main, root } from './platforms.mjs'

const artifacts = join(root, 'artifacts')
const built = Object.keys(PLATFORMS).filter((name) => existsSync(join(root, `flowwright.${name}.node`)))
if (built.length === 0 || !existsSync(join(root, 'dist'))) {
  throw new Error('there is nothing to pack: run `npm run build` first')
}
const stage = mkdtempSync(join(tmpdir(), 'flowwright-package-'))
try {
  rmSync(artifacts, { recursive: true, force: true })
  mkdirSync(artifacts)
  for (const name of built) {
    const folder = join(stage, name)
    cpSync(join(root, 'npm', name), folder, { recursive: true })
    cpSync(join(root, `flowwright.${name}.node`), join(folder, `flowwright.${name}.node`))
    pack(folder)
  }
  pack(ownPackage())
} finally {
  rmSync(stage, { recursive: true, force: true })
}

/** The package without what only its makers need. */
function ownPackage() {
  const folder = join(stage, 'flowwright')
  for (const name of main.files) {
    cpSync(join(root, name), join(folder, name), { recursive: true })
  }
  for (const licence of ['LICENSE-APACHE', 'LICENSE-MIT']) {
    cpSync(join(root, '..', licence), join(folder, licence))
  }
  const named = process.argv.includes('--all') ? Object.keys(PLATFORMS) : built
  const optionalDependencies = Object.fromEntries(named.map((name) => [`flowwright-${name}`, main.version]))
  const { devDependencies, scripts, ...shipped } = main
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify({ ...shipped, files: [...main.files, 'LICENSE-*'], optionalDependencies }, null, 2)}\n`,
  )
  return folder
}

function pack(folder) {
  const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', artifacts], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (packed.status !== 0) {
    throw new Error(`npm pack has failed in ${folder}`)
  }
  console.log(join('artifacts', packed.stdout.trim()))
}
