// Passkeys: a form marked data-passkey asks the browser for a key (WebAuthn) before it is sent, and sends what it said.
// "create": a new key, "get": one of those the page names, "login": any that the browser has for this place.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (sign) => sign.charCodeAt(0))
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
const list = (keys) => (keys || []).map((key) => ({ ...key, id: bytes(key.id) }))

const asCreated = (key) => ({
  id: key.id,
  rawId: text(key.rawId),
  type: key.type,
  authenticatorAttachment: key.authenticatorAttachment,
  clientExtensionResults: key.getClientExtensionResults(),
  response: {
    clientDataJSON: text(key.response.clientDataJSON),
    attestationObject: text(key.response.attestationObject),
    transports: key.response.getTransports ? key.response.getTransports() : []
  }
})
const asShown = (key) => ({
  id: key.id,
  rawId: text(key.rawId),
  type: key.type,
  authenticatorAttachment: key.authenticatorAttachment,
  clientExtensionResults: key.getClientExtensionResults(),
  response: {
    clientDataJSON: text(key.response.clientDataJSON),
    authenticatorData: text(key.response.authenticatorData),
    signature: text(key.response.signature),
    userHandle: key.response.userHandle ? text(key.response.userHandle) : null
  }
})

async function create (options, alone) {
  const asked = options.publicKey
  const selection = { ...asked.authenticatorSelection }
  selection.residentKey = alone ? 'required' : 'discouraged'
  selection.requireResidentKey = alone
  if (alone) selection.userVerification = 'required'
  return asCreated(await navigator.credentials.create({
    publicKey: {
      ...asked,
      authenticatorSelection: selection,
      challenge: bytes(asked.challenge),
      user: { ...asked.user, id: bytes(asked.user.id) },
      excludeCredentials: list(asked.excludeCredentials)
    }
  }))
}

async function show (options) {
  const asked = options.publicKey
  return asShown(await navigator.credentials.get({
    publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: list(asked.allowCredentials) }
  }))
}

async function options (form) {
  if (form.dataset.passkey !== 'login') return JSON.parse(document.getElementById('passkey-data').textContent)
  const answer = await fetch(form.action, { headers: { Accept: 'application/json', 'X-Requested-With': 'XMLHttpRequest' } })
  if (!answer.ok) throw new Error(`status ${answer.status}`)
  return answer.json()
}

async function ask (form) {
  const given = await options(form)
  if (form.dataset.passkey === 'create') {
    return create(given.creation_options, form.elements.passwordless?.checked ?? false)
  }
  return show(given.request_options)
}

const able = 'credentials' in navigator && 'PublicKeyCredential' in window
for (const form of document.querySelectorAll('form[data-passkey]')) {
  if (!able) {
    for (const said of document.querySelectorAll('[data-passkey-missing]')) said.hidden = false
    continue
  }
  form.hidden = false
  form.addEventListener('submit', async (event) => {
    if (form.dataset.ready) return
    event.preventDefault()
    try {
      form.elements.credential.value = JSON.stringify(await ask(form))
      form.dataset.ready = '1'
      form.submit()
    } catch {
      // The person said no, or there is no key here: nothing is sent.
      for (const said of document.querySelectorAll('[data-passkey-failed]')) said.hidden = false
    }
  })
}
