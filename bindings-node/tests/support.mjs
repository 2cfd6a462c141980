// What tests have in common.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Engine } from 'flowwright'

/** An engine that is closed when the test ends. */
export async function open(test, options, url = 'memory:') {
  const engine = await Engine.open(url, options)
  test.after(() => engine.close(0))
  return engine
}

/** The URL of a database that is gone when the test ends. */
export async function database(test) {
  const folder = await mkdtemp(join(tmpdir(), 'flowwright-'))
  test.after(() => rm(folder, { recursive: true, force: true }))
  return `sqlite:${join(folder, 'test.db')}`
}

/** The URL of a PostgreSQL database that all tests share, if there is one. */
export const POSTGRES = process.env['FLOWWRIGHT_POSTGRES']

/** Starts a program of `programs/`. */
export function program(test, name, ...args) {
  const path = fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url))
  const child = spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  test.after(() => child.kill('SIGKILL'))
  child.stdout.setEncoding('utf8')
  let said = ''
  const listeners = new Set()
  child.stdout.on('data', (text) => {
    said += text
    listeners.forEach((listener) => listener())
  })
  const ended = new Promise((resolve) =>
    child.once('close', (code, signal) => {
      resolve({ code, signal, said })
      listeners.forEach((listener) => listener())
    }),
  )
  /** Waits until it has said something. */
  const says = (text) =>
    new Promise((resolve, reject) => {
      const look = () => {
        if (said.includes(text)) {
          listeners.delete(look)
          resolve(said)
        } else if (child.exitCode !== null || child.signalCode !== null) {
          reject(new Error(`it ended (${child.exitCode ?? child.signalCode}) and said only: ${said}`))
        }
      }
      listeners.add(look)
      look()
    })
  return { child, ended, says }
}

/** A promise with its end. It keeps the process: an engine alone does not. */
export function deferred() {
  const timer = setInterval(() => {}, 1 << 30)
  let resolve
  const promise = new Promise((done) => (resolve = done)).finally(() => clearInterval(timer))
  return { promise, resolve }
}

/** A flow of one activity. */
export const one = (handler, more = '') => `
flow: ${handler}
steps: [{id: only, type: activity, handler: ${handler}, with: '\${ input }'${more && `, ${more}`}}]
`

/** A flow that waits for a signal. */
export const WAITING = `
flow: waiting
steps: [{id: wait, type: signal, name: go}]
`
