// Pretends to be other machines, one without a build and one whose package is not there.
import { bindings } from '../../dist/native.js'

for (const [platform, arch] of [['sunos', 'sparc'], ['darwin', 'arm64']]) {
  Object.defineProperties(process, { platform: { value: platform }, arch: { value: arch } })
  try {
    bindings()
  } catch (error) {
    console.log(error.message)
  }
}
