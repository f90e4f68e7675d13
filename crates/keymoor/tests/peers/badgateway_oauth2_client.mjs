// @badgateway/oauth2-client: discovery, the grant with both ways to authenticate, and its fetch wrapper for calls.

import { library, main, need } from './contract.mjs'

const { OAuth2Client, OAuth2Fetch } = library('@badgateway/oauth2-client')

await main('@badgateway/oauth2-client', async (contract) => {
  const scope = contract.scope === undefined ? undefined : [contract.scope]
  const make = (authenticationMethod, clientSecret) =>
    new OAuth2Client({
      server: contract.issuer,
      discoveryEndpoint: '/.well-known/oauth-authorization-server',
      clientId: contract.clientId,
      clientSecret,
      ...(authenticationMethod && { authenticationMethod }),
    })
  let claims
  for (const way of ['client_secret_basic', 'client_secret_post', undefined]) {
    const client = make(way, contract.clientSecret)
    const token = await client.clientCredentials({ ...(scope && { scope }) })
    const left = (token.expiresAt - Date.now()) / 1000
    need(left > 290 && left <= 300, `the library counts ${left} s`)
    need(token.refreshToken === null || token.refreshToken === undefined, 'the library has a refresh token')
    claims = await contract.tokenByJose(way ?? 'the default', token.accessToken)

    const getNewToken = () => client.clientCredentials({ ...(scope && { scope }) })
    const wrapper = new OAuth2Fetch({ client, getNewToken, scheduleRefresh: false })
    await contract.called(await wrapper.fetch(contract.accountUrl))
  }

  const code = (error) => error.oauth2Code
  const ask = (secret, scope) => make(undefined, secret).clientCredentials({ ...(scope && { scope }) })
  await contract.refused('invalid_client', () => ask(contract.wrongSecret), code)
  await contract.refused('invalid_scope', () => ask(contract.clientSecret, [contract.foreignScope]), code)
  return claims
})
