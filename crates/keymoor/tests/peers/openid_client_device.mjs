// openid-client 6: device authorization with its own polling, a call, and its refresh.

import { library, main, need } from './delegation.mjs'

const openid = library('openid-client')

await main('openid-client', async (it) => {
  const discover = (secret) =>
    openid.discovery(new URL(it.issuer), it.clientId, secret, undefined, {
      execute: [openid.allowInsecureRequests],
      algorithm: 'oauth2',
    })
  const config = await discover(it.clientSecret)
  const asked = await openid.initiateDeviceAuthorization(config, { scope: it.scope })
  await it.letIn(asked.verification_uri_complete)
  const token = await openid.pollDeviceAuthorizationGrant(config, asked)
  const call = (token) => openid.fetchProtectedResource(config, token.access_token, new URL(it.accountUrl), 'GET')
  await it.tokens(token, await call(token))
  const fresh = await openid.refreshTokenGrant(config, token.refresh_token)
  need(fresh.refresh_token !== token.refresh_token, 'the refresh token was not rotated')
  await it.tokens(fresh, await call(fresh))
  it.did.add('refreshed')
  const begin = async (secret, scope) => openid.initiateDeviceAuthorization(await discover(secret), { scope })
  await it.refused('invalid_client', () => begin(it.wrongSecret, it.scope))
  await it.refused('invalid_scope', () => begin(it.clientSecret, 'unheard:of'))
})
