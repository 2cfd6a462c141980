// The platforms that there are builds for, and the package of each: `node scripts/platforms.mjs` writes `npm/`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')
export const main = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** By the name of the platform: the target of the build, and on which machines npm installs it. */
export const PLATFORMS = {
  'linux-x64-gnu': { target: 'x86_64-unknown-linux-gnu', os: 'linux', cpu: 'x64', libc: 'glibc' },
  'linux-x64-musl': { target: 'x86_64-unknown-linux-musl', os: 'linux', cpu: 'x64', libc: 'musl' },
  'linux-arm64-gnu': { target: 'aarch64-unknown-linux-gnu', os: 'linux', cpu: 'arm64', libc: 'glibc' },
  'linux-arm64-musl': { target: 'aarch64-unknown-linux-musl', os: 'linux', cpu: 'arm64', libc: 'musl' },
  'darwin-x64': { target: 'x86_64-apple-darwin', os: 'darwin', cpu: 'x64' },
  'darwin-arm64': { target: 'aarch64-apple-darwin', os: 'darwin', cpu: 'arm64' },
  'win32-x64-msvc': { target: 'x86_64-pc-windows-msvc', os: 'win32', cpu: 'x64' },
}

/** What the package of a platform says of itself. */
export function manifest(name) {
  const { os, cpu, libc } = PLATFORMS[name]
  const file = `flowwright.${name}.node`
  return {
    name: `flowwright-${name}`,
    version: main.version,
    description: `The bridge of the package flowwright, for ${name}.`,
    license: main.license,
    engines: main.engines,
    os: [os],
    cpu: [cpu],
    ...(libc && { libc: [libc] }),
    main: file,
    files: [file],
  }
}

/** The text of the same. */
export function manifestText(name) {
  return `${JSON.stringify(manifest(name), null, 2)}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of Object.keys(PLATFORMS)) {
    const folder = join(root, 'npm', name)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), manifestText(name))
    writeFileSync(join(folder, 'README.md'), `The bridge of [flowwright](../..), for ${PLATFORMS[name].target}.\n`)
  }
}
