// openid-client 6: the authorization code with PKCE and the check of iss, a call, and its refresh.

import { library, main, need } from './delegation.mjs'

const openid = library('openid-client')

await main('openid-client', async (it) => {
  const discover = (secret) =>
    openid.discovery(new URL(it.issuer), it.clientId, secret, undefined, {
      execute: [openid.allowInsecureRequests],
      algorithm: 'oauth2',
    })
  const config = await discover(it.clientSecret)
  need(config.serverMetadata().authorization_response_iss_parameter_supported, 'no iss is told')
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const expectedState = openid.randomState()
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: it.redirectUri,
    scope: it.scope,
    state: expectedState,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  const back = new URL(await it.letIn(url))
  // Before the code is spent: what came back as it stands works after that.
  const redeem = (back) => openid.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState })
  await it.otherIss(back, redeem, (error) => error.code === 'OAUTH_INVALID_RESPONSE')
  const token = await redeem(back)
  const call = (token) => openid.fetchProtectedResource(config, token.access_token, new URL(it.accountUrl), 'GET')
  await it.tokens(token, await call(token))
  const fresh = await openid.refreshTokenGrant(config, token.refresh_token)
  need(fresh.refresh_token !== token.refresh_token, 'the refresh token was not rotated')
  await it.tokens(fresh, await call(fresh))
  it.did.add('refreshed')
  const refresh = async (secret, parameters) =>
    openid.refreshTokenGrant(await discover(secret), fresh.refresh_token, parameters)
  await it.refused('invalid_client', () => refresh(it.wrongSecret))
  await it.refused('invalid_scope', () => refresh(it.clientSecret, { scope: it.foreignScope }))
})
