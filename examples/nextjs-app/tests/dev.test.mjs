// The app while it is written: modules are loaded again, the engine stays.
import assert from 'node:assert/strict'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { app, call, openBrowser, reasonToSkip, scratch, serve, until } from './support.mjs'

const SOURCES = ['app', 'components', 'lib', 'instrumentation.ts', 'next.config.ts', 'tsconfig.json', 'package.json']

test('a changed handler is used by the engine that runs already', { skip: reasonToSkip() }, async () => {
  // A copy inside the app's folder, so that nothing of the app is changed; it finds the same node_modules.
  const place = scratch('dev')
  for (const name of SOURCES) cpSync(join(app, name), join(place.folder, name), { recursive: true })
  const server = await serve('dev', { folder: place.folder, cwd: place.folder })
  const browser = await openBrowser()
  try {
    const context = await browser.newContext()
    context.setDefaultTimeout(60_000)
    await context.addCookies([{ name: 'user', value: 'otto', url: server.url }])
    const page = await context.newPage()
    const worth = async (application) => {
      const { body } = await call(server, 'otto', '/api/instances', { application })
      await page.goto(`${server.url}/tasks/${body.id}.1`)
      await page.getByLabel('Yes').check()
      await page.getByRole('button', { name: 'Done' }).click()
      const instance = async () => (await call(server, 'otto', `/api/instances/${body.id}`)).body
      return until(`${application} has an income`, async () => (await instance()).vars.income.net_worth)
    }
    assert.notEqual(await worth('A0001'), 4711)

    const services = join(place.folder, 'lib/services.ts')
    const text = readFileSync(services, 'utf8')
    const changed = text.replace('net_worth: netWorth', 'net_worth: 4711')
    assert.notEqual(changed, text)
    writeFileSync(services, changed)
    // The server takes a moment to see it; instances of before that moment are done by the handler of before.
    const applications = ['A0002', 'A0003', 'A0005', 'A0006', 'A0007', 'A0011']
    await until('the new handler is used', async () => {
      assert.ok(applications.length > 0, 'the handler was never replaced')
      return (await worth(applications.shift())) === 4711
    })
    const openings = server.output().match(/The engine opens/g)
    assert.equal(openings?.length, 1, server.output())
  } finally {
    await browser.close()
    await server.stop()
    place.remove()
  }
})
