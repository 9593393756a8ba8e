// A real OpenID Connect provider (oidc-provider) on loopback. Run by tests/support/oidc.py: node oidc.mjs PORT PEOPLE REDIRECT.
// PEOPLE is a JSON file, {"<subject>": {claims}}, read anew at each log-in. Prints "ready" when it listens.
import { readFileSync } from 'node:fs'
import { generateKeyPairSync } from 'node:crypto'
import { Provider } from 'oidc-provider'

const [port, people, redirect] = process.argv.slice(2)
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const number = 'https://id.oidc.se/claim/personalIdentityNumber'

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'torget',
    client_secret: 'bara-for-proven-och-lang-nog-for-en-klient',
    redirect_uris: [redirect],
    grant_types: ['authorization_code'],
    response_types: ['code']
  }],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'prov', use: 'sig', alg: 'RS256' }] },
  cookies: { keys: ['bara-for-proven'] },
  pkce: { required: () => true },
  scopes: ['openid', 'profile', 'email', 'https://id.oidc.se/scope/naturalPersonNumber'],
  claims: {
    openid: ['sub'],
    profile: ['name', 'groups'],
    email: ['email', 'email_verified'],
    'https://id.oidc.se/scope/naturalPersonNumber': [number]
  },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (ctx, interaction) => `/who/${interaction.uid}` },
  // Who has logged in has agreed: what is tried here is not the provider's own page.
  async loadExistingGrant (ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId })
    grant.addOIDCScope(ctx.oidc.params.scope)
    await grant.save()
    return grant
  },
  findAccount: (ctx, id) => {
    const found = JSON.parse(readFileSync(people, 'utf8'))[id]
    return found && { accountId: id, claims: async () => ({ sub: id, ...found }) }
  }
})

// The log-in page: a POST with the name of somebody.
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/who/')) return next()
  if (ctx.method !== 'POST') {
    ctx.type = 'html'
    ctx.body = '<!doctype html><form method="post"><input name="login"><button>In</button></form>'
    return
  }
  let body = ''
  for await (const part of ctx.req) body += part
  const login = new URLSearchParams(body).get('login')
  const result = login ? { login: { accountId: login } } : { error: 'access_denied', error_description: 'no' }
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result))
})

provider.listen(Number(port), '127.0.0.1', () => console.log('ready'))
process.stdin.on('end', () => process.exit(0))
process.stdin.resume()
