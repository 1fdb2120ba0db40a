/**
 * Preloaded into a `lake` that is killed just before its change number LAKE_KILL_AT, in a directory
 * or on S3. Without that number it works to its end, and writes the number of its changes to the
 * file that LAKE_KILL_COUNT names. The processes that it starts live on.
 */
import sync from 'node:fs'
import fs from 'node:fs/promises'
import http from 'node:http'
import { syncBuiltinESMExports } from 'node:module'

const { LAKE_KILL_AT, LAKE_KILL_COUNT } = process.env
delete process.env.LAKE_KILL_AT
delete process.env.LAKE_KILL_COUNT
const CHANGES = ['copyFile', 'link', 'mkdir', 'mkdtemp', 'rename', 'rm', 'rmdir', 'unlink', 'writeFile']
const SYNC_CHANGES = ['linkSync', 'renameSync', 'rmSync', 'unlinkSync']
/** The directory of compiled code, on which no run depends. */
const CODE = 'lake-config'
let changes = 0

function change() {
  changes++
  if (changes === Number(LAKE_KILL_AT)) process.kill(process.pid, 'SIGKILL')
}

const { open } = fs
const { openSync, writeFileSync } = sync
const { request } = http

for (const name of CHANGES) {
  const real = fs[name]
  fs[name] = (...given) => {
    change()
    return real(...given)
  }
}
for (const name of SYNC_CHANGES) {
  const real = sync[name]
  sync[name] = (path, ...more) => {
    if (!String(path).includes(CODE)) change()
    return real(path, ...more)
  }
}
sync.openSync = (path, flags, ...more) => {
  if (/[wa+]/.test(String(flags)) && !String(path).includes(CODE)) change()
  return openSync(path, flags, ...more)
}
fs.open = (path, flags, ...more) => {
  if (/[wa+]/.test(String(flags))) change()
  return open(path, flags, ...more)
}
http.request = (options, ...more) => {
  if (!['GET', 'HEAD'].includes(options.method ?? 'GET')) change()
  return request(options, ...more)
}
syncBuiltinESMExports()
if (LAKE_KILL_COUNT) process.on('exit', () => writeFileSync(LAKE_KILL_COUNT, String(changes)))
