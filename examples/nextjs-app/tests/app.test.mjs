// The built app in a real browser: people, live pages, crashes, several processes.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { Engine } from 'flowwright'

import { build, call, events, openBrowser, reaches, reasonToSkip, scratch, serve } from './support.mjs'

/** A large loan outside a limit, without papers to send: two underwriters. And files that the rules approve. */
const FOUR_EYES = 'A0008'
const BY_RULES = ['A0001', 'A0002', 'A0003']

/** A form with every type of field. */
const SURVEY = {
  flow: 'survey',
  output: '${ steps.look.output }',
  steps: [
    {
      id: 'look',
      type: 'user_task',
      title: 'Look at the house',
      role: 'underwriter',
      form: {
        type: 'object',
        required: ['rooms', 'roof', 'garden'],
        properties: {
          rooms: { type: 'integer', minimum: 1 },
          worth: { type: 'number', description: 'In thousands of dollars.' },
          roof: { type: 'string', enum: ['slate', 'tile', 'thatch'] },
          garden: { type: 'boolean' },
          defects: { type: 'array', items: { type: 'string', enum: ['damp', 'cracks'] } },
          neighbours: { type: 'array', items: { type: 'string' } },
          remark: { type: 'string', title: 'Anything else' },
        },
      },
    },
  ],
}

describe('the built app', { skip: reasonToSkip() }, () => {
  let browser, server
  const place = scratch('app')
  const people = []

  before(async () => {
    await build()
    server = await serve('start', { folder: place.folder })
    browser = await openBrowser()
  })

  after(async () => {
    await browser?.close()
    await server?.stop()
    place.remove()
  })

  /** Somebody with a browser of their own. */
  async function become(user) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    context.setDefaultTimeout(30_000)
    await context.addCookies([{ name: 'user', value: user, url: server.url }])
    const page = await context.newPage()
    page.on('pageerror', (error) => people.push(`${user}: ${error.message}`))
    return page
  }

  const step = (page, path, status) => page.locator(`[data-step="${path}"][data-status="${status}"]`).waitFor()
  const refusal = (page) => page.locator('#main').getByRole('alert')

  async function start(page, application) {
    await page.goto(server.url)
    await page.getByLabel('or its number').fill(application)
    await page.getByRole('button', { name: 'Start' }).click()
    await page.waitForURL(/\/instances\//)
    return page.url().split('/').pop()
  }

  async function takeApplication(page, id) {
    await page.goto(`${server.url}/instances/${id}`)
    await page.getByRole('link', { name: 'Take the application' }).click()
    await page.getByLabel('Yes').check()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.waitForURL(/\/instances\//)
  }

  test('two people take a loan to its end, a third watches without loading the page again', async () => {
    const [otto, uma, ugo, mia] = await Promise.all(['otto', 'uma', 'ugo', 'mia'].map(become))
    const id = await start(otto, FOUR_EYES)
    await mia.goto(`${server.url}/instances/${id}`)
    await mia.getByText('Live', { exact: true }).waitFor()
    await mia.evaluate(() => (window.here = 'since the beginning'))
    await step(mia, 'application', 'active')

    // What the engine refuses is shown at the field that it is about.
    await otto.getByRole('link', { name: 'Take the application' }).click()
    await otto.getByRole('button', { name: 'Done' }).click()
    await refusal(otto).filter({ hasText: '"signed" is a required property' }).waitFor()
    assert.equal(await otto.getByRole('group', { name: 'Signed' }).getAttribute('aria-invalid'), 'true')
    await otto.getByLabel('Yes').check()
    await otto.getByRole('button', { name: 'Done' }).click()
    await otto.getByText('“Take the application” is done.').waitFor()
    await step(mia, 'underwrite', 'active')
    await step(mia, 'insurance', 'skipped')

    // The first underwriter: finds it in the inbox, takes it, and decides.
    await uma.goto(`${server.url}/tasks`)
    await uma.getByRole('link', { name: `Underwrite for application ${FOUR_EYES}` }).click()
    await uma.getByRole('button', { name: 'Claim it' }).click()
    await uma.getByText('Uma has it.').waitFor()
    await ugo.goto(uma.url())
    await ugo.getByLabel('Reason').fill('mine')
    await ugo.getByRole('button', { name: 'Approved' }).click()
    await refusal(ugo).waitFor()
    assert.equal(await ugo.getByLabel('Reason').inputValue(), 'mine', 'what was entered is kept')
    await uma.getByLabel('Reason').fill('a long record of credit')
    await uma.getByRole('button', { name: 'Approved' }).click()
    await uma.waitForURL(/\/instances\//)

    // Four eyes: the same person is refused.
    await uma.getByRole('link', { name: 'Second look' }).click()
    await uma.getByLabel('Reason').fill('I again')
    await uma.getByRole('button', { name: 'Approved' }).click()
    await refusal(uma).filter({ hasText: 'must not be done by the same person' }).waitFor()
    assert.ok(await refusal(uma).evaluate((alert) => alert === document.activeElement), 'it has the focus')
    assert.equal((await call(server, 'mia', `/api/instances/${id}`)).body.status, 'running')

    await ugo.goto(`${server.url}/tasks`)
    await ugo.getByRole('link', { name: `Second look for application ${FOUR_EYES}` }).click()
    await ugo.getByLabel('Reason').fill('a good house')
    await ugo.getByRole('button', { name: 'Approved' }).click()

    // The one who watched has seen it all on the page that was loaded once.
    await step(mia, 'close/fund', 'completed')
    await mia.getByRole('heading', { name: 'How it ended' }).waitFor()
    await mia.locator('[data-status="completed"]', { hasText: 'Completed' }).first().waitFor()
    assert.equal(await mia.evaluate(() => window.here), 'since the beginning')
    const { output } = (await call(server, 'mia', `/api/instances/${id}`)).body
    assert.deepEqual(output, { by: 'people', closed: true, decision: 'approved', reason: 'a good house' })
    const { body: history } = await call(server, 'mia', `/api/instances/${id}/history`)
    assert.deepEqual(
      history.filter(({ type }) => type === 'task_done').map(({ by }) => by.id),
      ['otto', 'uma', 'ugo'],
    )
    await Promise.all([otto, uma, ugo, mia].map((page) => page.context().close()))
    assert.deepEqual(people, [], 'no errors in any page')
  })

  test('every control has a name, every page its landmarks, and keys are enough', async () => {
    const otto = await become('otto')
    const { body } = await call(server, 'otto', '/api/instances', { application: BY_RULES[0] })
    const task = `${server.url}/tasks/${body.id}.1`
    for (const path of ['/', '/tasks', `/instances/${body.id}`, `/tasks/${body.id}.1`]) {
      await otto.goto(server.url + path)
      assert.deepEqual(await otto.evaluate(flaws), [], path)
    }

    await otto.goto(task)
    await otto.keyboard.press('Tab')
    assert.equal(await otto.evaluate(() => document.activeElement.textContent), 'Skip to the content')
    await otto.keyboard.press('Enter')
    const focused = () => otto.evaluate(() => document.activeElement.name || document.activeElement.textContent)
    for (let presses = 0; (await focused()) !== 'field.signed'; presses++) {
      assert.ok(presses < 10, 'the field is reached with the tabulator')
      await otto.keyboard.press('Tab')
    }
    await otto.keyboard.press('Space')
    await otto.keyboard.press('Enter')
    await otto.waitForURL(/\/instances\//)
    await reaches(server, body.id, 'completed')
    await otto.context().close()
  })

  test('borrowers see their own, and send papers', async () => {
    const [bea, uma] = await Promise.all(['bea', 'uma'].map(become))
    const { body } = await call(server, 'otto', '/api/instances', { kind: 'papers' })
    assert.equal((await call(server, 'bea', '/api/instances', { kind: 'papers' })).status, 422)
    await takeApplication(await become('otto'), body.id)
    await uma.goto(`${server.url}/instances/${body.id}`)
    await uma.getByRole('link', { name: 'Underwrite' }).click()
    await uma.waitForURL(/\/tasks\/./)
    await bea.goto(uma.url())
    await bea.getByRole('heading', { name: 'Nothing to do here' }).waitFor()
    await uma.getByLabel('Reason').fill('papers, please')
    await uma.getByRole('button', { name: 'Documents' }).click()
    await uma.waitForURL(/\/instances\//)
    await bea.goto(`${server.url}/tasks`)
    await bea.getByRole('link', { name: 'Send the missing papers' }).click()
    await bea.getByRole('group', { name: 'Papers' }).waitFor()
    const { vars } = (await call(server, 'bea', `/api/instances/${body.id}`)).body
    for (const box of await bea.getByRole('checkbox').all()) {
      if (vars.income.papers.includes(await box.getAttribute('value'))) await box.check()
    }
    await bea.getByLabel('Others, one a line').fill('a kind letter')
    await bea.getByRole('button', { name: 'Done' }).click()
    await bea.waitForURL(/\/instances\//)
    const received = (await call(server, 'bea', `/api/instances/${body.id}`)).body.vars.received
    assert.deepEqual(received, [...vars.income.papers, 'a kind letter'])
    await Promise.all([bea, uma].map((page) => page.context().close()))
  })

  test('a form has a field for every type of the schema, and gives back what it was given', async () => {
    // Another process on the same file brings the flow.
    const engine = await Engine.open(`sqlite:${place.folder}/app.db`)
    await engine.deploy(SURVEY)
    const instance = await engine.start('survey', {})
    const uma = await become('uma')
    await uma.goto(`${server.url}/tasks`)
    await uma.getByRole('link', { name: 'Look at the house' }).click()
    await uma.getByLabel('Rooms').fill('0')
    await uma.getByLabel('Worth').fill('310.5')
    await uma.getByLabel('Roof').selectOption('thatch')
    await uma.getByRole('group', { name: 'Garden' }).getByLabel('No').check()
    await uma.getByLabel('Damp').check()
    await uma.getByLabel('Neighbours').fill('Ann\n\n Bob ')
    await uma.getByLabel('Anything else').fill('quiet "street"')
    await uma.getByRole('button', { name: 'Done' }).click()
    await refusal(uma).filter({ hasText: 'at /rooms' }).waitFor()
    assert.deepEqual(await uma.evaluate(flaws), [])
    const rooms = uma.getByLabel('Rooms')
    assert.deepEqual(
      [await rooms.getAttribute('aria-invalid'), await rooms.getAttribute('aria-describedby')],
      ['true', 'task-message'],
    )
    await rooms.fill('4')
    await uma.getByRole('button', { name: 'Done' }).click()
    await uma.waitForURL(/\/instances\//)
    assert.deepEqual((await instance.result({ timeout: '30s' })).data, {
      rooms: 4,
      worth: 310.5,
      roof: 'thatch',
      garden: false,
      defects: ['damp'],
      neighbours: ['Ann', 'Bob'],
      remark: 'quiet "street"',
    })
    await uma.context().close()
    await engine.close()
  })

  test('what callers do wrong is a problem with its code', async () => {
    const twice = await call(server, 'otto', '/api/instances', { application: FOUR_EYES })
    assert.deepEqual([twice.status, twice.body.code], [409, 'already_exists'])
    assert.equal(twice.type, 'application/problem+json')
    assert.equal((await call(server, 'otto', `/api/instances/${'0'.repeat(8)}-0000-7000-8000-000000000000`)).status, 404)
    assert.equal((await call(server, 'otto', '/api/instances/nonsense')).status, 400)
    const page = (await call(server, 'otto', '/api/instances?limit=1&status=completed')).body
    assert.equal(page.items.length, 1)
    const following = (await call(server, 'otto', `/api/instances?limit=1&status=completed&after=${page.next}`)).body
    assert.notEqual(following.items[0].id, page.items[0].id)
  })

  test('a stream of events goes on behind the last one that was seen', async () => {
    const { items } = (await call(server, 'otto', '/api/instances?status=completed')).body
    const path = `/api/events?instance=${items[0].id}&after=0`
    const ended = (found) => found.at(-1)?.type === 'instance_ended'
    const all = await events(server, path, ended)
    assert.equal(new Set(all.map(({ id }) => id)).size, items[0].seq)
    for (const at of [0, 4, 9]) {
      const rest = await events(server, path, ended, { 'last-event-id': all[at].id })
      assert.deepEqual(rest, all.slice(at + 1), 'nothing is lost and nothing comes twice')
    }
  })

  test('two processes share a file', async () => {
    const other = await serve('start', { folder: place.folder })
    try {
      const mia = await become('mia')
      const { body } = await call(server, 'otto', '/api/instances', { application: BY_RULES[1] })
      await mia.goto(`${other.url}/instances/${body.id}`)
      await mia.getByText('Live', { exact: true }).waitFor()
      await takeApplication(await become('otto'), body.id)
      await step(mia, 'close/fund', 'completed')
      await mia.context().close()
    } finally {
      await other.stop()
    }
  })

  test('the server is killed in the middle, comes back, and the open page sees the end', async () => {
    const [otto, mia] = await Promise.all(['otto', 'mia'].map(become))
    const id = await start(otto, BY_RULES[2])
    await mia.goto(`${server.url}/instances/${id}`)
    await mia.getByText('Live', { exact: true }).waitFor()
    await mia.evaluate(() => (window.here = 'since the beginning'))
    await takeApplication(otto, id)
    const { steps } = (await call(server, 'mia', `/api/instances/${id}`)).body
    assert.equal(steps.triage.status, 'pending', 'it is in the middle')
    await server.kill()
    await mia.getByText('Reconnecting', { exact: true }).waitFor()
    server = await serve('start', { folder: place.folder, port: server.port })
    await reaches(server, id, 'completed')
    await step(mia, 'close/fund', 'completed')
    assert.equal(await mia.evaluate(() => window.here), 'since the beginning')
    const { body: history } = await call(server, 'mia', `/api/instances/${id}/history`)
    assert.equal(history.filter(({ type, step }) => type === 'step_completed' && step === 'close/fund').length, 1)
  })
})

/** What is wrong with a page for those who cannot see it. Runs in the page. */
function flaws() {
  const found = []
  const named = (control) =>
    control.labels?.length || control.getAttribute('aria-label') || control.getAttribute('aria-labelledby') || control.textContent.trim()
  for (const control of document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a, summary')) {
    if (control.closest('nextjs-portal')) continue
    if (!(control.tagName === 'SELECT' ? control.labels.length : named(control))) found.push(`no name: ${control.outerHTML}`)
  }
  for (const landmark of ['header', 'main', 'nav[aria-label]', 'footer', 'h1', 'title']) {
    if (document.querySelectorAll(landmark).length < 1) found.push(`no ${landmark}`)
  }
  if (document.querySelectorAll('h1').length > 1) found.push('several h1')
  if (!document.documentElement.lang) found.push('no language')
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id)
  found.push(...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `two times the id ${id}`))
  for (const image of document.querySelectorAll('svg:not([aria-hidden])')) {
    if (!image.querySelector('title') || !image.querySelector('desc')) found.push('a picture without words')
  }
  for (const group of document.querySelectorAll('fieldset')) {
    if (!group.querySelector('legend')) found.push('a group without a legend')
  }
  return found
}
