/** Runs over a small lake do only the expected work, in statements, files, bytes and modules. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const BENCH = fileURLToPath(new URL('../../bench/bench.mjs', import.meta.url))

it('no counter of a run has grown by more than 5 %', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BENCH, '--quick'], { encoding: 'utf8' })
  expect(status, stdout + stderr).toBe(0)
})
