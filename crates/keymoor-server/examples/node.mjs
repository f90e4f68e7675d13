// Gets an access token, which lives for 300 seconds, and calls the API with it.
import * as oauth from 'oauth4webapi'

const key = process.env.KEYMOOR_KEY ?? '{{key}}'
const secret = process.env.KEYMOOR_SECRET ?? '{{secret}}'

const server = { issuer: '{{server}}', token_endpoint: '{{token_url}}' }
const client = { client_id: key }
const options = '{{server}}'.startsWith('http:') ? { [oauth.allowInsecureRequests]: true } : {}

const answer = await oauth.clientCredentialsGrantRequest(
  server, client, oauth.ClientSecretPost(secret), {}, options)
const token = await oauth.processClientCredentialsResponse(server, client, answer)

const account = await fetch('{{account_url}}', {
  headers: { authorization: `Bearer ${token.access_token}` },
})
console.log((await account.json()).mail)
