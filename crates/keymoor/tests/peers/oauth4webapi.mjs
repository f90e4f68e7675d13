// oauth4webapi: discovery, the grant with both ways to authenticate, its own RFC 9068 validation,
// introspection as a resource server, and revocation.
// Its client_secret_basic form-encodes even `-` (as %2D).

import { library, main, need, TIMEOUT } from './contract.mjs'

const oauth = library('oauth4webapi')

await main('oauth4webapi', async (contract) => {
  const options = () => ({
    [oauth.allowInsecureRequests]: contract.plainHttp,
    signal: AbortSignal.timeout(TIMEOUT),
  })
  const issuer = new URL(contract.issuer)
  const found = []
  for (const algorithm of ['oidc', 'oauth2']) {
    const answer = await oauth.discoveryRequest(issuer, { algorithm, ...options() })
    // A URL object has a slash after the host; the issuer has none.
    found.push(contract.metadata(await oauth.processDiscoveryResponse(issuer, answer)))
  }
  need(JSON.stringify(found[0]) === JSON.stringify(found[1]), 'the two discovery documents differ')
  const server = found[0]
  const client = { client_id: contract.clientId }

  const ways = {
    client_secret_basic: oauth.ClientSecretBasic(contract.clientSecret),
    client_secret_post: oauth.ClientSecretPost(contract.clientSecret),
  }
  let claims
  let last
  for (const [way, authentication] of Object.entries(ways)) {
    const parameters = new URLSearchParams(contract.parameters())
    const answer = await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters, options())
    const wire = answer.clone()
    const token = await oauth.processClientCredentialsResponse(server, client, answer)
    const body = await contract.response(wire)
    need(token.access_token === body.access_token, 'the library has another token')

    // What a resource server of theirs does with the request that comes in.
    const request = new Request(contract.audience, { headers: { authorization: `Bearer ${token.access_token}` } })
    const verified = await oauth.validateJwtAccessToken(server, request, contract.audience, {
      signingAlgorithms: ['ES256', 'ES384', 'Ed25519', 'RS256', 'PS256'],
      [oauth.clockTolerance]: 0,
      ...options(),
    })
    claims = await contract.token(way, token.access_token, verified)
    contract.did.add('verified')
    last = token.access_token
    const url = new URL(contract.accountUrl)
    await contract.called(await oauth.protectedResourceRequest(last, 'GET', url, undefined, null, options()))
  }

  const ask = async (secret, scope) => {
    const pair = oauth.ClientSecretBasic(secret)
    const asked = await oauth.clientCredentialsGrantRequest(server, client, pair, { ...scope }, options())
    await oauth.processClientCredentialsResponse(server, client, asked)
  }
  // With Basic, the refusal comes with a challenge, which the library shows instead of the body.
  const code = (error) => error.error ?? (error.cause?.[0]?.scheme === 'basic' ? 'invalid_client' : undefined)
  await contract.refused('invalid_client', () => ask(contract.wrongSecret), code)
  await contract.refused('invalid_scope', () => ask(contract.clientSecret, { scope: contract.foreignScope }), code)

  const resource = { client_id: process.env.KEYMOOR_RESOURCE_ID }
  const secret = oauth.ClientSecretBasic(process.env.KEYMOOR_RESOURCE_SECRET)
  const introspect = async () => {
    const answer = await oauth.introspectionRequest(server, resource, secret, last, options())
    return await oauth.processIntrospectionResponse(server, resource, answer)
  }
  const active = await introspect()
  need(active.active && active.jti === claims.jti && active.aud === contract.audience, 'it is active')
  const revoked = await oauth.revocationRequest(server, client, ways.client_secret_basic, last, options())
  await oauth.processRevocationResponse(revoked)
  need(JSON.stringify(await introspect()) === '{"active":false}', 'a revoked token is inactive')
  return claims
})
