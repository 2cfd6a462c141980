// What the tests share: the server as a process of its own, and a real browser.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as pause } from 'node:timers/promises'

import { chromium as browsers } from 'playwright-core'

export const app = join(dirname(fileURLToPath(import.meta.url)), '..')

const NEXT = join(app, 'node_modules/next/dist/bin/next')
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome']
const PLACES = [
  '/usr/bin',
  '/snap/bin',
  '/opt/google/chrome',
  '/Applications/Chromium.app/Contents/MacOS',
  '/Applications/Google Chrome.app/Contents/MacOS',
]
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Where Chromium is: `CHROMIUM`, on the PATH, or in the usual places. */
export function findChromium() {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...PLACES]
  const all = folders.flatMap((folder) => [...NAMES, 'Chromium', 'Google Chrome'].map((name) => join(folder, name)))
  return [process.env.CHROMIUM, ...all].find((place) => place && existsSync(place))
}

/** Why the tests cannot run, if they cannot: said loudly, and a failure where nobody looks. */
export function reasonToSkip() {
  if (findChromium()) return false
  const reason = 'THERE IS NO CHROMIUM, SO NOTHING WAS TESTED IN A BROWSER. Install it, or say where it is: CHROMIUM=…'
  if (process.env.CI) throw new Error(reason)
  console.error(`\n*** ${reason}\n`)
  return reason
}

/** A browser. */
export function openBrowser() {
  return browsers.launch({ executablePath: findChromium(), args: FLAGS })
}

/** A folder of its own for a test. */
export function scratch(name) {
  const parent = join(app, '.scratch')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, `${name}-`))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) }
}

function next(args, { cwd = app, env = {} } = {}) {
  const child = spawn(process.execPath, [NEXT, ...args], {
    cwd,
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that it can be killed with all its processes.
    detached: true,
  })
  child.output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (child.output += data))
  child.ended = new Promise((resolve) => child.once('exit', resolve))
  return child
}

/** Builds the app. */
export async function build() {
  const child = next(['build'])
  const code = await child.ended
  if (code !== 0) throw new Error(`next build has failed:\n${child.output}`)
}

/** A server: `start` or `dev`, on a port of its own. */
export async function serve(mode, { folder, env = {}, cwd, port }) {
  port ??= await freePort()
  const settings = {
    DATABASE: `sqlite:${join(folder, 'app.db')}`,
    BOOKS: join(folder, 'books.jsonl'),
    LOAN_ORIGINATION: join(app, '../loan_origination'),
    SERVICE_DELAY_MS: '300',
    APPRAISAL_DELAY_MS: '600',
    ...env,
  }
  const child = next([mode, '-H', '127.0.0.1', '-p', String(port)], { cwd, env: settings })
  const url = `http://127.0.0.1:${port}`
  const server = {
    url,
    port,
    output: () => child.output,
    /** As when the machine loses its power. */
    kill: () => end(child, 'SIGKILL'),
    /** In good order. */
    stop: () => end(child, 'SIGTERM'),
  }
  try {
    await until(`${url} answers`, () => child.exitCode === null && answers(url), 90_000)
  } catch (error) {
    await server.kill()
    throw new Error(`${error.message}\n${child.output}`)
  }
  return server
}

async function end(child, signal) {
  if (child.exitCode === null && child.signalCode === null) {
    process.kill(-child.pid, signal)
    await Promise.race([child.ended, pause(10_000)])
  }
  try {
    // Whatever is left of it.
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Nothing is left.
  }
}

async function answers(url) {
  const response = await fetch(`${url}/api/instances`).catch(() => undefined)
  return response?.ok
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

/** Waits until something holds, and says what it was if it never does. */
export async function until(what, holds, longest = 60_000) {
  const end = Date.now() + longest
  for (;;) {
    const found = await holds()
    if (found) return found
    if (Date.now() > end) throw new Error(`it never came true that ${what}`)
    await pause(100)
  }
}

/** Calls the app as somebody. */
export async function call(server, user, path, body) {
  const response = await fetch(`${server.url}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { cookie: `user=${user}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  })
  return { status: response.status, type: response.headers.get('content-type'), body: await response.json() }
}

/** Waits for the status of an instance. */
export function reaches(server, id, status, longest) {
  const holds = async () => (await call(server, 'mia', `/api/instances/${id}`)).body.status === status
  return until(`${id} is ${status}`, holds, longest)
}

/** The events of a stream, until there are enough. */
export async function events(server, path, enough, headers = {}) {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(new Error(`the stream ${path} has gone silent`)), 30_000)
  const response = await fetch(server.url + path, { headers, signal: stop.signal })
  const found = []
  let text = ''
  try {
    for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
      text += part
      const whole = text.split('\n\n')
      text = whole.pop()
      for (const message of whole.filter((message) => message.startsWith('id:'))) {
        const [id, data] = message.split('\n').map((line) => line.slice(line.indexOf(':') + 1).trim())
        found.push({ id, ...JSON.parse(data) })
      }
      if (enough(found)) return found
    }
  } finally {
    clearTimeout(timer)
    stop.abort()
  }
  throw new Error(`the stream ${path} has ended`)
}
