// Gets an access token, renews it before it expires, and shows the account and its API tokens.
//
// npm install oauth4webapi
//
// KEYMOOR_SERVER, KEYMOOR_KEY and KEYMOOR_SECRET say where and who; KEYMOOR_ORGANIZATION is the UUID of an
// organization with Federated Authentication.

import * as oauth from 'oauth4webapi'

const MARGIN = 30_000 // milliseconds: a token is not used any more when it has less to live

class Api {
  #token
  #until = 0

  constructor(server, key, secret, organization) {
    this.server = { issuer: server, token_endpoint: `${server}/api/auth/oauth/token` }
    this.client = { client_id: key }
    this.secret = oauth.ClientSecretPost(secret)
    this.parameters = organization ? { scope: `organization:${organization}` } : {}
    // Only for a server on this machine: the library wants TLS everywhere else.
    this.local = ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(server).hostname)
  }

  /** The access token: a new one if there is none that lasts. */
  async token() {
    const now = Date.now()
    if (now + MARGIN < this.#until) return this.#token
    const { server, client, secret, parameters } = this
    const options = { [oauth.allowInsecureRequests]: this.local, signal: AbortSignal.timeout(25_000) }
    const answer = await oauth.clientCredentialsGrantRequest(server, client, secret, parameters, options)
    const { access_token: token, expires_in: life } = await oauth.processClientCredentialsResponse(
      server,
      client,
      answer,
    )
    this.#until = now + life * 1000
    return (this.#token = token)
  }

  async get(path) {
    const headers = { authorization: `Bearer ${await this.token()}` }
    const answer = await fetch(`${this.server.issuer}/api${path}`, {
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(25_000),
    })
    const body = await answer.json()
    if (answer.ok) return body
    const hint = body.error === 'additional_authentication_required' ? ' Set KEYMOOR_ORGANIZATION to its UUID.' : ''
    throw new Error(`GET ${path}: ${answer.status}: ${JSON.stringify(body.message)}${hint}`)
  }
}

function needed(name) {
  if (!process.env[name]) throw new Error(`Set ${name}.`)
  return process.env[name]
}

try {
  const organization = process.env.KEYMOOR_ORGANIZATION
  const server = process.env.KEYMOOR_SERVER || 'http://127.0.0.1:8080'
  const api = new Api(server, needed('KEYMOOR_KEY'), needed('KEYMOOR_SECRET'), organization)
  console.log('Account', (await api.get('/account')).mail)
  for (const token of (await api.get('/account/tokens?filter=active=true&sort=label'))._embedded.items) {
    console.log('API token', token.uuid, token.label)
  }
  if (organization) console.log('Organization', (await api.get(`/organizations/${organization}`)).name)
} catch (error) {
  const refused = error instanceof oauth.ResponseBodyError
  const why = error.cause ? `${error.message}: ${error.cause.message}` : error.message
  console.error(refused ? `No token: ${error.error}: ${error.error_description}` : why)
  process.exitCode = 1
}
