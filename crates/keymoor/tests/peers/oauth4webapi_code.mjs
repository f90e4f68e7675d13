// oauth4webapi: the authorization code with PKCE and the check of iss, a call, its refresh, and its revocation.

import { library, main, need } from './delegation.mjs'

const oauth = library('oauth4webapi')

await main('oauth4webapi', async (it) => {
  const options = { [oauth.allowInsecureRequests]: true }
  const issuer = new URL(it.issuer)
  const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options })
  const server = await oauth.processDiscoveryResponse(issuer, found)
  const client = { client_id: it.clientId }
  const right = oauth.ClientSecretBasic(it.clientSecret)

  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const url = new URL(server.authorization_endpoint)
  for (const [name, value] of Object.entries({
    client_id: it.clientId,
    redirect_uri: it.redirectUri,
    response_type: 'code',
    scope: it.scope,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })) {
    url.searchParams.set(name, value)
  }
  const back = new URL(await it.letIn(url))
  const validate = async (back) => oauth.validateAuthResponse(server, client, back, state)
  await it.otherIss(back, validate, (error) => error.code === oauth.INVALID_RESPONSE)
  const parameters = await validate(back)
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    right,
    parameters,
    it.redirectUri,
    verifier,
    options,
  )
  const token = await oauth.processAuthorizationCodeResponse(server, client, answer)
  const call = (token) =>
    oauth.protectedResourceRequest(token.access_token, 'GET', new URL(it.accountUrl), undefined, null, options)
  await it.tokens(token, await call(token))

  const refresh = async (way, token, additionalParameters) => {
    const answer = await oauth.refreshTokenGrantRequest(server, client, way, token, {
      additionalParameters,
      ...options,
    })
    return oauth.processRefreshTokenResponse(server, client, answer)
  }
  const fresh = await refresh(right, token.refresh_token)
  need(fresh.refresh_token !== token.refresh_token, 'the refresh token was not rotated')
  await it.tokens(fresh, await call(fresh))
  it.did.add('refreshed')

  const last = fresh.refresh_token
  // With Basic, the refusal comes with a challenge, which the library shows instead of the body.
  const code = (error) => error.error ?? (error.cause?.[0]?.scheme === 'basic' ? 'invalid_client' : undefined)
  await it.refused('invalid_client', () => refresh(oauth.ClientSecretBasic(it.wrongSecret), last), code)
  await it.refused('invalid_scope', () => refresh(right, last, { scope: it.foreignScope }), code)
  const revoked = await oauth.revocationRequest(server, client, right, last, options)
  await oauth.processRevocationResponse(revoked)
  await it.refused('invalid_grant', () => refresh(right, last), code)
  it.did.delete('invalid_grant')
})
