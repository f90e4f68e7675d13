// What every Node client here asks of Keymoor besides what its own library asks.
// A library forgives much (oauth4webapi reads "300" as 300), so the rules of RFC 6749 s5.1 and RFC 9068 s2 are
// checked again, on the bytes that came over the wire.

import { createRequire } from 'node:module'

export const TIMEOUT = 10_000 // milliseconds, for each request
export const LIFETIME = 300 // seconds, of each access token
const ALGORITHMS = ['ES256', 'ES384', 'EdDSA', 'Ed25519', 'RS256', 'PS256']

// The libraries live under $KEYMOOR_PEERS, not beside the programs.
export const library = createRequire(`${process.env.KEYMOOR_PEERS}/package.json`)

export function need(condition, message) {
  if (!condition) throw new Error(message)
}

function setting(name) {
  const value = process.env[name]
  need(value, `${name} is not set`)
  return value
}

const text = (value) => JSON.stringify(value)
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value)

async function fetchObject(url, what) {
  const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT) })
  need(answer.status === 200, `${what} answers ${answer.status}`)
  const found = await answer.json()
  need(isObject(found), `${what} is not a JSON object`)
  return found
}

class Contract {
  issuer = setting('KEYMOOR_ISSUER')
  clientId = setting('KEYMOOR_CLIENT_ID')
  clientSecret = setting('KEYMOOR_CLIENT_SECRET')
  audience = setting('KEYMOOR_AUDIENCE')
  scope = process.env.KEYMOOR_SCOPE || undefined
  tokenUrl = `${this.issuer}/api/auth/oauth/token`
  jwksUrl = `${this.issuer}/.well-known/jwks.json`
  ways = []
  did = new Set()
  accountUrl = `${this.issuer}/api/account`
  // One character of it is another one.
  wrongSecret = this.clientSecret.slice(0, -1) + (this.clientSecret.endsWith('a') ? 'b' : 'a')
  foreignScope = 'organization:00000000-0000-4000-8000-000000000000'
  #seen = []
  #jwks

  constructor() {
    const { protocol, hostname } = new URL(this.issuer)
    this.plainHttp = protocol === 'http:'
    need(!this.plainHttp || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname), 'plain http is for loopback only')
  }

  /** What a token request carries besides the grant and the credentials. */
  parameters() {
    return this.scope === undefined ? {} : { scope: this.scope }
  }

  /** A discovery document as the library gives it (RFC 8414 s2). */
  metadata(found) {
    need(found.issuer === this.issuer, `discovery: issuer is ${text(found.issuer)}, not ${text(this.issuer)}`)
    need(found.token_endpoint === this.tokenUrl, `discovery: token_endpoint is ${text(found.token_endpoint)}`)
    need(found.jwks_uri === this.jwksUrl, `discovery: jwks_uri is ${text(found.jwks_uri)}`)
    need(Array.isArray(found.response_types_supported), 'discovery: response_types_supported is required')
    need(found.grant_types_supported?.includes('client_credentials'), 'discovery: no client_credentials grant')
    for (const method of ['client_secret_basic', 'client_secret_post']) {
      need(found.token_endpoint_auth_methods_supported?.includes(method), `discovery: no ${method}`)
    }
    return found
  }

  /** The published keys, public halves of asymmetric ones only. Fetched once. */
  async jwks() {
    if (this.#jwks) return this.#jwks
    const found = await fetchObject(this.jwksUrl, 'JWKS')
    need(Array.isArray(found.keys) && found.keys.length > 0, 'JWKS: no keys')
    for (const key of found.keys) {
      need(['EC', 'OKP', 'RSA'].includes(key.kty), `JWKS: a key of kty ${text(key.kty)}`)
      const secret = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].filter((name) => name in key)
      need(secret.length === 0, `JWKS: a key has the private members ${secret}`)
      need(typeof key.kid === 'string' && key.kid, 'JWKS: a key without kid')
      need((key.use ?? 'sig') === 'sig', 'JWKS: a key that is not for signatures')
    }
    need(new Set(found.keys.map((key) => key.kid)).size === found.keys.length, 'JWKS: a kid twice')
    return (this.#jwks = found)
  }

  /** A token response as it came over the wire (a Response); gives its JSON object. */
  async response(answer) {
    need(answer.status === 200, `token endpoint answers ${answer.status}`)
    const kind = (answer.headers.get('content-type') ?? '').split(';')[0].trim()
    need(kind === 'application/json', `token response: content-type is ${text(kind)}`)
    const stores = (answer.headers.get('cache-control') ?? '').split(',').map((word) => word.trim().toLowerCase())
    need(stores.includes('no-store'), 'token response: no Cache-Control: no-store')
    return this.body(await answer.json())
  }

  /** The JSON object of a token response. */
  body(body) {
    need(isObject(body), 'token response: not a JSON object')
    need(typeof body.access_token === 'string' && body.access_token, 'token response: no access_token')
    need(body.token_type === 'Bearer', `token response: token_type is ${text(body.token_type)}`)
    need(
      body.expires_in === LIFETIME,
      `token response: expires_in is ${text(body.expires_in)}, not the number ${LIFETIME}`,
    )
    need(!('refresh_token' in body), 'token response: it has a refresh_token key')
    if (this.scope === undefined) {
      need(!('scope' in body), `token response: scope ${text(body.scope)}, and none was asked`)
    } else {
      need(body.scope === this.scope, `token response: scope is ${text(body.scope)}, not ${text(this.scope)}`)
    }
    return body
  }

  /** An access token whose signature the caller's library has verified: RFC 9068, strictly. Gives the claims. */
  async token(way, token, verified) {
    const parts = token.split('.')
    need(parts.length === 3 && parts.every(Boolean), 'access token: not three parts')
    const [header, claims] = parts.slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
    need(header.typ === 'at+jwt', `access token: typ is ${text(header.typ)}, not "at+jwt"`)
    need(ALGORITHMS.includes(header.alg), `access token: alg is ${text(header.alg)}`)
    const odd = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'zip'].filter((name) => name in header)
    need(odd.length === 0, `access token: header members ${odd}`)
    const keys = (await this.jwks()).keys.filter((key) => key.kid === header.kid)
    need(keys.length === 1, `access token: kid ${text(header.kid)} is not in the JWKS`)
    need((keys[0].alg ?? header.alg) === header.alg, "access token: alg is not the key's")

    for (const name of ['iss', 'sub', 'client_id', 'jti']) {
      need(typeof claims[name] === 'string' && claims[name], `access token: ${name} is ${text(claims[name])}`)
    }
    for (const name of ['iat', 'exp']) {
      need(Number.isInteger(claims[name]), `access token: ${name} is ${text(claims[name])}, not a whole number`)
    }
    need(!('nbf' in claims) || Number.isInteger(claims.nbf), `access token: nbf is ${text(claims.nbf)}`)
    need(claims.iss === this.issuer, `access token: iss is ${text(claims.iss)}, not ${text(this.issuer)}`)
    const audiences = [claims.aud].flat()
    need(
      audiences.length === 1 && audiences[0] === this.audience,
      `access token: aud is ${text(claims.aud)}, not ${text(this.audience)}`,
    )
    need(claims.client_id === this.clientId, `access token: client_id is ${text(claims.client_id)}`)
    const now = Date.now() / 1000
    need(claims.iat <= now && (claims.nbf ?? 0) <= now, 'access token: it begins in the future')
    need(now < claims.exp, 'access token: it has expired')
    need(claims.exp - claims.iat === LIFETIME, `access token: lives ${claims.exp - claims.iat} s`)
    if (this.scope !== undefined) {
      need(claims.scope === this.scope, `access token: scope is ${text(claims.scope)}, not ${text(this.scope)}`)
    }
    need(text(verified) === text(claims), 'access token: the library reads other claims')

    for (const other of this.#seen) {
      need(other.jti !== claims.jti, 'access token: its jti was there before')
      for (const name of ['sub', 'client_id', 'aud', 'scope']) {
        need(text(other[name]) === text(claims[name]), `access token: ${name} hangs on how the client authenticates`)
      }
    }
    this.#seen.push(claims)
    this.ways.push(way)
    this.did.add('token')
    return claims
  }

  /** What a guarded route answered to the library's own request. */
  async called(answer) {
    need(answer.status === 200, `the API answers ${answer.status}`)
    need((await answer.json()).mail.includes('@'), 'the API does not tell the account')
    this.did.add('call')
  }

  /** ask() has to end in an error of the library that names the OAuth error `code`, read by read(error). */
  async refused(code, ask, read) {
    const error = await ask().then(
      () => undefined,
      (error) => error,
    )
    need(error, `no ${code}`)
    need(read(error) === code, `the library says ${text(read(error))} (${error}), not ${code}`)
    need(!error.stack.includes(this.clientSecret), "the library's error repeats the secret")
    this.did.add(code)
  }

  /** The same for clients whose library verifies nothing: jose does, as it would in a resource server of theirs. */
  async tokenByJose(way, token) {
    const jose = library('jose')
    const { payload } = await jose.jwtVerify(token, jose.createRemoteJWKSet(new URL(this.jwksUrl)), {
      typ: 'at+jwt',
      issuer: this.issuer,
      audience: this.audience,
      algorithms: ALGORITHMS,
      requiredClaims: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
      clockTolerance: 0,
    })
    return this.token(way, token, payload)
  }
}

/** Runs client(contract), which gives the last claims; one line of JSON, or a message and exit 1. */
export async function main(name, client) {
  try {
    const contract = new Contract()
    const claims = await client(contract)
    console.log(JSON.stringify({ library: name, ok: true, ways: contract.ways, did: [...contract.did].sort(), claims }))
  } catch (error) {
    // Whatever a library throws is a finding. OAuth libraries keep the server's answer in several places.
    const more = [error.status, error.code, error.error, error.error_description, error.cause?.message, error.data?.payload]
    const detail = more.filter(Boolean).map((part) => (typeof part === 'string' ? part : text(part)))
    console.error([`${name}: ${error.name}: ${error.message}`, ...detail].join('; '))
    process.exitCode = 1
  }
}
