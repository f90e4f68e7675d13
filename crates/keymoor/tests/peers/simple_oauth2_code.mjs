// simple-oauth2: the authorization code, to which PKCE is added by hand as its documentation says, and its refresh.

import { createHash, randomBytes } from 'node:crypto'

import { library, main, need } from './delegation.mjs'

const { AuthorizationCode } = library('simple-oauth2')

await main('simple-oauth2', async (it) => {
  const make = (secret) =>
    new AuthorizationCode({
      client: { id: it.clientId, secret },
      auth: {
        tokenHost: it.issuer,
        tokenPath: '/api/auth/oauth/token',
        authorizePath: '/api/auth/oauth/authorize',
      },
    })
  const client = make(it.clientSecret)
  const verifier = randomBytes(32).toString('base64url')
  const url = client.authorizeURL({
    redirect_uri: it.redirectUri,
    scope: it.scope,
    state: 'x y',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const back = new URL(await it.letIn(url)).searchParams
  need(back.get('state') === 'x y' && back.get('iss') === it.issuer, `${back}`)
  const token = await client.getToken({
    code: back.get('code'),
    redirect_uri: it.redirectUri,
    code_verifier: verifier,
  })
  const call = (token) => fetch(it.accountUrl, { headers: { authorization: `Bearer ${token.token.access_token}` } })
  await it.tokens(token.token, await call(token))
  const fresh = await token.refresh()
  need(fresh.token.refresh_token !== token.token.refresh_token, 'the refresh token was not rotated')
  await it.tokens(fresh.token, await call(fresh))
  it.did.add('refreshed')
  const code = (error) => error.data?.payload?.error
  const refresh = (secret, more) => make(secret).createToken(fresh.token).refresh(more)
  await it.refused('invalid_client', () => refresh(it.wrongSecret), code)
  await it.refused('invalid_scope', () => refresh(it.clientSecret, { scope: it.foreignScope }), code)
})
