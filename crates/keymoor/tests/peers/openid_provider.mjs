// An OpenID provider, oidc-provider by Filip Skokan, with one client and one page to sign in: who is
// named there is signed in. Told by the environment:
//   PORT, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, LOGOUT_URI (back-channel)
// Prints "listening" when it is ready.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { library } from './contract.mjs'

const { exportJWK, generateKeyPair } = library('jose')
const { default: Provider } = library('oidc-provider')

const { PORT, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, LOGOUT_URI } = process.env
const { privateKey } = await generateKeyPair('ES256', { extractable: true })
const key = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'first' }

const provider = new Provider(`http://127.0.0.1:${PORT}`, {
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      redirect_uris: [REDIRECT_URI],
      backchannel_logout_uri: LOGOUT_URI,
      backchannel_logout_session_required: true,
      id_token_signed_response_alg: 'ES256',
    },
  ],
  jwks: { keys: [key] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
  pkce: { required: () => true },
  enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: () => ({ sub, name: `${sub} of the works`, email: `${sub}@works.example`, email_verified: true }),
  }),
  // Without its guard against private addresses: here everything is at one.
  fetch: (url, { dispatcher: _, ...options }) => fetch(url, options),
  // Nobody is asked for consent: it is an organization's own provider.
  async loadExistingGrant(ctx) {
    const grant = new provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    })
    grant.addOIDCScope('openid email profile')
    await grant.save()
    return grant
  },
})
provider.on('server_error', (_, error) => console.error(error))
provider.on('backchannel.error', (_, error) => console.error(error))

const form = (uid) => `<!doctype html><html lang="en"><title>Works account</title>
<h1>Works account</h1><form method="post" action="/interaction/${uid}">
<label for="login">User name</label> <input id="login" name="login" required autofocus>
<button>Sign in</button></form>`

async function interact(request, response) {
  const { uid } = await provider.interactionDetails(request, response)
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html; charset=utf-8').end(form(uid))
    return
  }
  let body = ''
  for await (const chunk of request) body += chunk
  const accountId = new URLSearchParams(body).get('login')
  await provider.interactionFinished(request, response, { login: { accountId } })
}

const rest = provider.callback()
createServer((request, response) => {
  if (!request.url.startsWith('/interaction/')) return rest(request, response)
  return interact(request, response).catch((error) => response.writeHead(400).end(String(error)))
}).listen(Number(PORT), '127.0.0.1', () => console.log('listening'))
