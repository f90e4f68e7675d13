// A little help where scripts run. Every page works without, but for passkeys.
'use strict'

for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = false
  button.addEventListener('click', async () => {
    const field = document.getElementById(button.dataset.copy)
    field.select()
    try {
      await navigator.clipboard.writeText(field.value)
      button.textContent = 'Copied'
    } catch {
      button.textContent = 'Press Ctrl+C'
    }
  })
}

// What is shown once does not come back with the back button.
window.addEventListener('pagehide', () => {
  for (const once of document.querySelectorAll('[data-once]')) once.remove()
})
window.addEventListener('pageshow', (event) => {
  if (event.persisted && document.querySelector('[data-leave]')) location.replace('/account/tokens')
})

// Leaving asks whether the secret was recorded, until the box says so.
const leave = document.querySelector('[data-leave]')
if (leave) {
  const recorded = leave.querySelector('input[type=checkbox]')
  window.addEventListener('beforeunload', (event) => {
    if (!recorded.checked) event.preventDefault()
  })
}

// The menu closes with Escape and when something else is clicked.
const menu = document.querySelector('.menu')
if (menu) {
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && menu.open) {
      menu.open = false
      menu.querySelector('summary').focus()
    }
  })
  document.addEventListener('click', (event) => {
    if (!menu.contains(event.target)) menu.open = false
  })
}

// Times stay relative while the page is open.
const units = [['year', 31536000], ['month', 2592000], ['day', 86400], ['hour', 3600], ['minute', 60]]
function relative(seconds) {
  const amount = Math.abs(seconds)
  if (amount < 45) return 'just now'
  const found = units.find(([unit, size]) => amount >= size * (unit === 'month' || unit === 'year' ? 2 : 1))
  const [unit, size] = found ?? units[4]
  const count = Math.max(1, Math.round(amount / size))
  const text = `${count} ${unit}${count === 1 ? '' : 's'}`
  return seconds > 0 ? `in ${text}` : `${text} ago`
}
setInterval(() => {
  for (const time of document.querySelectorAll('time')) {
    time.textContent = relative((Date.parse(time.dateTime) - Date.now()) / 1000)
  }
}, 30000)

// Passkeys.
const bytes = (text) => Uint8Array.from(
  atob(text.replace(/-/g, '+').replace(/_/g, '/')), (character) => character.charCodeAt(0))
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')

async function ask(kind, options) {
  const key = options.publicKey
  key.challenge = bytes(key.challenge)
  for (const list of [key.excludeCredentials, key.allowCredentials]) {
    for (const credential of list ?? []) credential.id = bytes(credential.id)
  }
  if (kind === 'create') key.user.id = bytes(key.user.id)
  const made = await navigator.credentials[kind]({ publicKey: key })
  const response = {}
  for (const name of ['attestationObject', 'clientDataJSON', 'authenticatorData', 'signature', 'userHandle']) {
    if (made.response[name]) response[name] = text(made.response[name])
  }
  if (made.response.getTransports) response.transports = made.response.getTransports()
  return { id: made.id, rawId: text(made.rawId), type: made.type, response, extensions: {} }
}

for (const form of document.querySelectorAll('[data-passkey]')) {
  const state = form.querySelector('[data-passkey-state]')
  if (!window.PublicKeyCredential) {
    state.textContent = 'This browser has no passkeys.'
    continue
  }
  form.hidden = false
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    try {
      const answer = await ask(form.dataset.passkey, JSON.parse(form.dataset.options))
      form.elements.answer.value = JSON.stringify(answer)
      form.submit()
    } catch (error) {
      state.textContent = error.name === 'InvalidStateError'
        ? 'This device has a passkey for the account already.'
        : 'The passkey was not used. Try again.'
    }
  })
}
