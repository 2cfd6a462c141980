// Puts a copy of the package `flowwright` into node_modules, where npm has put a link to this repository's folder:
// bundlers follow links, and would then take the package for a part of the app. Apps that install it from a registry need
// nothing of this.
import { copyFileSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const app = join(dirname(fileURLToPath(import.meta.url)), '..')
const from = join(app, '../../bindings-node')
const to = join(app, 'node_modules/flowwright')

const bridges = readdirSync(from).filter((name) => name.endsWith('.node'))
if (bridges.length === 0 || !existsSync(join(from, 'dist'))) {
  console.error(`flowwright is not built: run \`npm ci && npm run build\` in ${from}`)
  process.exit(process.env.npm_lifecycle_event === 'postinstall' ? 0 : 1)
}
if (lstatSync(to, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(to)
mkdirSync(to, { recursive: true })
rmSync(join(to, 'dist'), { recursive: true, force: true })
cpSync(join(from, 'dist'), join(to, 'dist'), { recursive: true })
copyFileSync(join(from, 'package.json'), join(to, 'package.json'))
for (const name of bridges) {
  const [source, target] = [join(from, name), join(to, name)]
  const known = statSync(target, { throwIfNoEntry: false })
  if (known && known.mtimeMs >= statSync(source).mtimeMs) continue
  // A process may have loaded the old one: it is replaced and not written to.
  copyFileSync(source, `${target}.new`)
  renameSync(`${target}.new`, target)
}
