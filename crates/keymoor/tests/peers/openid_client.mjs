// openid-client 6: discovery() and clientCredentialsGrant(), as its documentation shows them; jose verifies.

import { library, main, need, TIMEOUT } from './contract.mjs'

const openid = library('openid-client')

await main('openid-client', async (contract) => {
  const ways = {
    'client_secret_post, oidc': [openid.ClientSecretPost(contract.clientSecret), 'oidc'],
    'client_secret_basic, oauth2': [openid.ClientSecretBasic(contract.clientSecret), 'oauth2'],
    'the default': [undefined, undefined],
  }
  let claims
  for (const [way, [authentication, algorithm]] of Object.entries(ways)) {
    const wire = []
    const keep = async (url, options) => {
      const answer = await fetch(url, options)
      if (url === contract.tokenUrl) wire.push(answer.clone())
      return answer
    }
    const config = await openid.discovery(
      new URL(contract.issuer),
      contract.clientId,
      contract.clientSecret,
      authentication,
      {
        execute: contract.plainHttp ? [openid.allowInsecureRequests] : [],
        timeout: TIMEOUT / 1000,
        [openid.customFetch]: keep,
        ...(algorithm && { algorithm }),
      },
    )
    contract.metadata(config.serverMetadata())
    const token = await openid.clientCredentialsGrant(config, contract.parameters())
    need(wire.length === 1, `${wire.length} token requests instead of one`)
    const body = await contract.response(wire[0])
    need(token.access_token === body.access_token, 'the library has another token')
    const left = token.expiresIn()
    need(left > 290 && left <= 300, `the library counts ${left} s`)
    claims = await contract.tokenByJose(way, token.access_token)
    const url = new URL(contract.accountUrl)
    await contract.called(await openid.fetchProtectedResource(config, token.access_token, url, 'GET'))
  }

  const ask = async (secret, parameters) => {
    const options = { execute: contract.plainHttp ? [openid.allowInsecureRequests] : [], timeout: TIMEOUT / 1000 }
    const config = await openid.discovery(new URL(contract.issuer), contract.clientId, secret, undefined, options)
    await openid.clientCredentialsGrant(config, parameters)
  }
  const code = (error) => error.error
  await contract.refused('invalid_client', () => ask(contract.wrongSecret, {}), code)
  await contract.refused('invalid_scope', () => ask(contract.clientSecret, { scope: contract.foreignScope }), code)
  return claims
})
