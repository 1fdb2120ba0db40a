/**
 * Preloaded into a `lake` that has to stop at one moment: after it has printed what LAKE_STOP_AT
 * matches, until the file that LAKE_GO_ON names exists. A test that only watched the output would
 * act too late on a slow machine.
 */
import { existsSync } from 'node:fs'

const LOOK_EVERY_MS = 5
const pattern = new RegExp(process.env.LAKE_STOP_AT)
const pause = new Int32Array(new SharedArrayBuffer(4))
const { write } = process.stdout
let printed = ''

process.stdout.write = (chunk, ...more) => {
  const isTaken = write.call(process.stdout, chunk, ...more)
  printed += chunk
  if (pattern.test(printed)) {
    process.stdout.write = write
    while (!existsSync(process.env.LAKE_GO_ON)) Atomics.wait(pause, 0, 0, LOOK_EVERY_MS)
  }
  return isTaken
}
