/** Scratch directories: lake makes, lists and removes only directories of runs. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { listScratch, makeRunDirectory, removeRunDirectory } from '../../../framework/run/scratch.ts'

const RUN = '20261129T081500000Z-00000a'
let outer = ''
const inOuter = (...names: readonly string[]) => join(outer, ...names)

beforeEach(() => {
  outer = mkdtempSync(join(tmpdir(), 'lake-scratch-test-'))
  mkdirSync(inOuter('victim', RUN), { recursive: true })
  writeFileSync(inOuter('victim/kept'), '')
})
afterEach(() => rmSync(outer, { recursive: true }))

it('scratch directories belong to their user alone, and do not exist after they are removed', async () => {
  const directory = await makeRunDirectory(inOuter('scratch'), RUN)
  expect(statSync(directory).mode & 0o777).toBe(0o700)
  expect((await listScratch(inOuter('scratch'))).map(({ runId }) => runId)).toEqual([RUN])
  await removeRunDirectory(inOuter('scratch'), RUN)
  expect(existsSync(directory)).toBe(false)
})

it.each(['', '.', '..', '../victim', `${RUN}/../../victim`, 'victim'])(
  'a scratch directory cannot have the name %j',
  async (name) => {
    mkdirSync(inOuter('scratch/victim'), { recursive: true })
    await expect(removeRunDirectory(inOuter('scratch'), name)).rejects.toThrow('is not the ID of a run')
    await expect(makeRunDirectory(inOuter('scratch'), name)).rejects.toThrow('is not the ID of a run')
    expect(await listScratch(inOuter('scratch'))).toEqual([])
    expect(existsSync(inOuter('victim/kept')) && existsSync(inOuter('scratch/victim'))).toBe(true)
  },
)

it('scratch directories are not looked for behind a link', async () => {
  symlinkSync(inOuter('victim'), inOuter('scratch'))
  expect(await listScratch(inOuter('scratch'))).toEqual([])
  await removeRunDirectory(inOuter('scratch'), RUN)
  expect(existsSync(inOuter('victim', RUN))).toBe(true)
})

it('the directory of scratch directories must not belong to another user, or be open to others', async () => {
  mkdirSync(inOuter('scratch'))
  symlinkSync(inOuter('victim'), inOuter('scratch', RUN))
  await expect(makeRunDirectory(inOuter('scratch'), RUN)).rejects.toThrow('it is a link')
})
