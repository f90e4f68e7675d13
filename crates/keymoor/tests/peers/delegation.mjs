// What the Node clients share that ask somebody: what they are told, and the person whom they ask.

import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'

export const library = createRequire(`${process.env.KEYMOOR_PEERS}/package.json`)

export function need(condition, message) {
  if (!condition) throw new Error(message)
}

class Delegation {
  issuer = process.env.KEYMOOR_ISSUER
  clientId = process.env.KEYMOOR_APPLICATION_ID
  clientSecret = process.env.KEYMOOR_APPLICATION_SECRET
  wrongSecret = process.env.KEYMOOR_APPLICATION_WRONG_SECRET
  redirectUri = process.env.KEYMOOR_REDIRECT_URI
  accountUrl = `${this.issuer}/api/account`
  scope = [process.env.KEYMOOR_SCOPE, 'offline_access'].filter(Boolean).join(' ')
  foreignScope = 'organization:00000000-0000-4000-8000-000000000000'
  did = new Set()

  /** Somebody is sent to url and allows; gives the URL that they are sent back to. */
  async letIn(url) {
    const run = promisify(execFile)
    const { stdout } = await run(process.env.KEYMOOR_PERSON, ['person.py', String(url)])
    return stdout.trim()
  }

  /** What came of it: tokens with the scope that was asked for, and a call with them. */
  async tokens(token, answer) {
    need(token.scope === this.scope, `the scope is ${token.scope}`)
    need(token.refresh_token?.startsWith('kmr_'), 'no refresh token')
    need(answer.status === 200, `the API answers ${answer.status}`)
    need((await answer.json()).mail.includes('@'), 'the API does not tell the account')
    this.did.add('token').add('call')
  }

  /** take(back) has to refuse what came back when its iss is another one, or missing (RFC 9207 s2.4). */
  async otherIss(back, take, isRefusal) {
    for (const iss of ['https://other.example', `${this.issuer}/`, undefined]) {
      const altered = new URL(back)
      altered.searchParams.delete('iss')
      if (iss) altered.searchParams.set('iss', iss)
      const error = await take(altered).then(
        () => undefined,
        (error) => error,
      )
      const told = `${error?.message} ${error?.cause?.message}`
      need(error && isRefusal(error) && told.includes('iss'), `iss ${iss} is taken, or refused with ${told}`)
    }
    this.did.add('other_iss')
  }

  async refused(code, ask, read = (error) => error.error) {
    const error = await ask().then(
      () => undefined,
      (error) => error,
    )
    need(error, `no ${code}`)
    need(read(error) === code, `the library says ${read(error)} (${error}), not ${code}`)
    need(!error.stack.includes(this.clientSecret), "the library's error repeats the secret")
    this.did.add(code)
  }
}

/** Runs client(delegation); one line of JSON, or a message and exit 1. */
export async function main(name, client) {
  try {
    const delegation = new Delegation()
    await client(delegation)
    console.log(JSON.stringify({ library: name, ok: true, did: [...delegation.did].sort() }))
  } catch (error) {
    const more = [error.status, error.code, error.error, error.error_description, error.cause?.message, error.stderr]
    console.error([`${name}: ${error.name}: ${error.message}`, ...more.filter(Boolean)].join('; '))
    process.exitCode = 1
  }
}
