import type { NextConfig } from 'next'

const config: NextConfig = {
  // The engine is native code: Node loads it, and it is not bundled.
  serverExternalPackages: ['flowwright'],
}

export default config
