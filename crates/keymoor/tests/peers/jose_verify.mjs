// jose: plain fetch gets the token, and jose verifies it against the published keys, as a resource server would.

import { library, main, need, TIMEOUT } from './contract.mjs'

const jose = library('jose')

await main('jose', async (contract) => {
  const answer = await fetch(contract.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: contract.clientId,
      client_secret: contract.clientSecret,
      ...contract.parameters(),
    }),
    signal: AbortSignal.timeout(TIMEOUT),
  })
  const { access_token: token } = await contract.response(answer)
  const claims = await contract.tokenByJose('body', token)
  const keys = jose.createRemoteJWKSet(new URL(contract.jwksUrl))
  for (const [changed, audience] of [
    [`${token.slice(0, -4)}AAAA`, contract.audience],
    [token, 'https://other.example.com'],
  ]) {
    const taken = await jose.jwtVerify(changed, keys, { audience }).then(
      () => true,
      () => false,
    )
    need(!taken, 'jose takes a token that is not for it or was changed')
  }
  contract.did.add('verified')
  return claims
})
