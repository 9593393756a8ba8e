// A real Bluesky server (@atproto/pds) on loopback, with a stand-in for the directory of identities that it needs.
// Run by tests/support/pds.py: node pds.mjs FOLDER PORT. Prints "ready" when it listens.
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import * as plc from '@did-plc/lib'

const [folder, port] = [process.argv[2], Number(process.argv[3])]
const kept = path.join(folder, 'plc.json')

// Who started us is gone, and has not ended us.
process.stdin.on('end', () => process.exit(0)).resume()

// The directory: the last operation of each identity, kept in a file so that it outlives a killed server.
const operations = fs.existsSync(kept) ? JSON.parse(fs.readFileSync(kept, 'utf8')) : {}

const directory = http.createServer((request, response) => {
  const say = (status, value) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(value))
  }
  const [, did, ...rest] = decodeURIComponent(request.url.split('?')[0]).split('/')
  if (request.method === 'POST') {
    let body = ''
    request.on('data', (part) => { body += part })
    request.on('end', () => {
      operations[did] = JSON.parse(body)
      fs.writeFileSync(kept, JSON.stringify(operations))
      say(200, {})
    })
    return
  }
  const operation = operations[did]
  if (!operation) return say(404, { message: 'not registered' })
  if (rest.join('/') === 'log/last') return say(200, operation)
  const data = { did, ...operation }
  say(200, rest[0] === 'data' ? data : plc.formatDidDoc(data))
})

directory.listen(0, '127.0.0.1', async () => {
  Object.assign(process.env, {
    LOG_ENABLED: '0',
    PDS_HOSTNAME: 'localhost',
    PDS_PORT: String(port),
    PDS_DATA_DIRECTORY: folder,
    PDS_BLOBSTORE_DISK_LOCATION: path.join(folder, 'blobs'),
    PDS_DID_PLC_URL: `http://localhost:${directory.address().port}`,
    PDS_INVITE_REQUIRED: '0',
    PDS_DEV_MODE: '1',
    PDS_DISABLE_SSRF_PROTECTION: '1',
    PDS_RATE_LIMITS_ENABLED: '1',
    PDS_JWT_SECRET: 'only-for-the-tests',
    PDS_DPOP_SECRET: '1'.repeat(64),
    PDS_ADMIN_PASSWORD: 'only-for-the-tests',
    PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: '2'.repeat(64),
  })
  const { PDS } = await import('@atproto/pds')
  const server = await PDS.fromEnv()
  // It would listen on every address of the machine.
  const listen = server.app.listen
  server.app.listen = (number) => listen.call(server.app, number, '127.0.0.1')
  await server.start()
  console.log('ready')
})
