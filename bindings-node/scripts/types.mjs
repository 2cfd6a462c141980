// Makes the types of what crosses to the engine (ts/wire/*.ts) from schema/embed.schema.json, which is made from the types
// of Rust. `--check`: only says whether they are up to date.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compile } from 'json-schema-to-typescript'

const here = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const contract = JSON.parse(readFileSync(join(here, '../schema/embed.schema.json'), 'utf8'))
const SIDES = { said: ['Said', 'What is said to the engine.'], told: ['Told', 'What the engine tells.'] }

const each = (map, change) => Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]))

/** A schema in the words that TypeScript has too. What its fields mean is said in the schema. */
function plain(schema) {
  if (Array.isArray(schema)) {
    return schema.map(plain)
  }
  if (typeof schema !== 'object' || schema === null) {
    return schema
  }
  const { description, format, default: usual, properties, $defs, prefixItems, ...rest } = schema
  const fields = each(rest, plain)
  if (properties) {
    fields.properties = each(properties, plain)
  }
  if ($defs) {
    fields.$defs = each($defs, plain)
  }
  if (prefixItems) {
    fields.items = prefixItems.map(plain)
  }
  return Object.keys(fields).length === 0 ? { tsType: 'unknown' } : fields
}

async function types(side, [name, what]) {
  const bannerComment = `/* eslint-disable */\n/** ${what} Made by scripts/types.mjs from schema/embed.schema.json. */`
  const text = await compile(plain({ ...contract[side], title: name }), name, {
    additionalProperties: false,
    bannerComment,
    unreachableDefinitions: false,
    style: { semi: false, singleQuote: true, printWidth: 110 },
  })
  // What is given is not changed.
  return side === 'said' ? text.replace(/: (\w+)\[\]/g, ': readonly $1[]') : text
}

let stale = 0
for (const [side, name] of Object.entries(SIDES)) {
  const file = join(here, 'ts/wire', `${side}.ts`)
  const text = await types(side, name)
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text)
  } else if (text !== readFileSync(file, 'utf8')) {
    stale += 1
    console.error(`${file} is not made from schema/embed.schema.json: node scripts/types.mjs makes it anew`)
  }
}
process.exitCode = stale === 0 ? 0 : 1
