// simple-oauth2: all its ways to send credentials. Its default is Basic with both parts percent-encoded.
// It has no discovery and verifies nothing: jose does. It shows no headers of the answer, only the JSON object.

import { library, main, need, TIMEOUT } from './contract.mjs'

const { ClientCredentials } = library('simple-oauth2')

await main('simple-oauth2', async (contract) => {
  const ways = {
    'header, strict': { authorizationMethod: 'header', credentialsEncodingMode: 'strict' },
    'header, loose': { authorizationMethod: 'header', credentialsEncodingMode: 'loose' },
    'header, JSON': { authorizationMethod: 'header', bodyFormat: 'json' },
    'body, form': { authorizationMethod: 'body', bodyFormat: 'form' },
    'body, JSON': { authorizationMethod: 'body', bodyFormat: 'json' },
  }
  let claims
  for (const [way, options] of Object.entries(ways)) {
    const client = new ClientCredentials({
      client: { id: contract.clientId, secret: contract.clientSecret },
      auth: { tokenHost: contract.issuer, tokenPath: '/api/auth/oauth/token' },
      http: { timeout: TIMEOUT },
      options,
    })
    const token = await client.getToken(contract.parameters())
    const { expires_at: end, ...body } = token.token
    contract.body(body)
    const left = (end - Date.now()) / 1000
    need(left > 290 && left <= 300 && !token.expired(), `the library counts ${left} s`)
    claims = await contract.tokenByJose(way, body.access_token)
    const headers = { authorization: `${token.token.token_type} ${token.token.access_token}` }
    await contract.called(await fetch(contract.accountUrl, { headers }))
  }

  const ask = (secret, parameters) =>
    new ClientCredentials({
      client: { id: contract.clientId, secret },
      auth: { tokenHost: contract.issuer, tokenPath: '/api/auth/oauth/token' },
      http: { timeout: TIMEOUT },
    }).getToken(parameters)
  const code = (error) => error.data?.payload?.error
  await contract.refused('invalid_client', () => ask(contract.wrongSecret, {}), code)
  await contract.refused('invalid_scope', () => ask(contract.clientSecret, { scope: contract.foreignScope }), code)
  return claims
})
