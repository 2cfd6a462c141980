import { readFile } from 'node:fs/promises'

import { invalidArgument } from './errors.js'
import { Flow } from './flow.js'
import type { FlowDocument } from './definition.js'
import { encode } from './json.js'

/** A definition: its text in YAML or JSON, a file that has it, the document as an object, or a flow that was built. */
export type Source = string | URL | { path: string | URL } | FlowDocument | Flow

/** A definition in JSON, as requests have it. */
export async function read(source: Source): Promise<string> {
  if (typeof source === 'string') {
    if (!source.includes('\n') && /\.(ya?ml|json)$/.test(source)) {
      throw invalidArgument(`\`${source}\` is no definition: write {path: '${source}'} for the file of that name`)
    }
    return JSON.stringify(source)
  }
  if (source instanceof URL) {
    return JSON.stringify(await file(source))
  }
  if (typeof source !== 'object' || source === null) {
    throw invalidArgument('a definition is a text in YAML or JSON, {path}, an object or a Flow')
  }
  if ('path' in source && !('flow' in source)) {
    return JSON.stringify(await file(source.path as string | URL))
  }
  return encode(source, 'the definition')
}

async function file(path: string | URL): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw invalidArgument(`the definition cannot be read: ${(error as Error).message}`)
  }
}
