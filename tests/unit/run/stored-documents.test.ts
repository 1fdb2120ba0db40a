/** lake parses the documents in a lake, and ignores those that it would not have written. */
import { mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { claimAssets } from '../../../framework/run/claims/claim-assets.ts'
import { activeClaims, openClaims } from '../../../framework/run/claims/open-claims.ts'
import { readNotes } from '../../../framework/run/failures.ts'
import { listRuns, readRun } from '../../../framework/run/run-log.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'

const RUN = '20261129T081500000Z-00000a'
const EARLIER = new Date(Date.now() - 1_000).toISOString()

function lake() {
  const directory = mkdtempSync(join(tmpdir(), 'lake-documents-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return localStorage(directory)
}

const CLAIM = { key: 'songs', runId: RUN, host: 'elsewhere', pid: 1, expiresAt: EARLIER }

describe('a claim in a lake', () => {
  it.each([
    ['null', null],
    ['a list', []],
    ['of a run that climbs', { ...CLAIM, runId: '../../../victim' }],
    ['of a run that begins like one', { ...CLAIM, runId: `${RUN}/../../victim` }],
    ['of a run without a name', { ...CLAIM, runId: '' }],
    ['for another asset', { ...CLAIM, key: 'users' }],
    ['of a group of processes', { ...CLAIM, pid: -1 }],
    ['without an end', { ...CLAIM, expiresAt: 'never' }],
    ['of an endless host', { ...CLAIM, host: 'h'.repeat(100_000) }],
  ])('is ignored: %s', async (_, claim) => {
    const storage = lake()
    await storage.put('_lake/claims/songs.00000099.json', JSON.stringify(claim))
    expect(await activeClaims(storage)).toEqual([])
    expect(await openClaims(storage)).toEqual({ live: [], dead: [] })
    const taken = await claimAssets(storage, ['songs'], RUN)
    expect(taken).toMatchObject({ kind: 'claimed', deadRuns: [] })
    if (taken.kind === 'claimed') await taken.claims.release()
    expect(await storage.names('_lake/claims')).toEqual(['songs.00000100.released'])
  })

  it('is read if it is valid', async () => {
    const storage = lake()
    await storage.put('_lake/claims/songs.00000099.json', JSON.stringify(CLAIM))
    expect((await openClaims(storage)).live).toEqual([CLAIM])
  })
})

describe('a note of a failure', () => {
  const NOTE = { runId: RUN, at: EARLIER, error: { code: 'query-failed', message: 'no' } }
  it('is read if it is valid, and ignored if it is damaged', async () => {
    const storage = lake()
    await storage.put('_lake/failures/songs.json', JSON.stringify(NOTE))
    await storage.put('_lake/failures/users.json', 'null')
    await storage.put('_lake/failures/time.json', JSON.stringify({ ...NOTE, error: { ...NOTE.error, message: {} } }))
    await storage.put('_lake/failures/artists.json', JSON.stringify({ ...NOTE, runId: '..' }))
    await storage.put('_lake/failures/a b.json', JSON.stringify(NOTE))
    expect([...(await readNotes(storage)).failures]).toEqual([['songs', NOTE]])
  })
})

describe('the log of a run', () => {
  const STARTED = { type: 'run-started', runId: RUN, at: EARLIER, lake: 'l', engine: null, selection: [], steps: [] }

  it('has the events of its run, and nothing else', async () => {
    const storage = lake()
    const lines = [
      JSON.stringify({ ...STARTED, added: 'by a later version' }),
      'null',
      JSON.stringify({ ...STARTED, steps: null }),
      JSON.stringify({ ...STARTED, runId: RUN.replace('a', 'b') }),
      JSON.stringify({ ...STARTED, type: 'constructor' }),
      JSON.stringify({ type: 'run-warned', runId: RUN, at: EARLIER, message: 7 }),
      JSON.stringify({ type: 'run-warned', runId: RUN, at: EARLIER, message: 'so' }).slice(0, -3),
    ]
    await storage.put(`_lake/runs/${RUN}.ndjson`, lines.join('\n'))
    expect(await readRun(storage, RUN)).toEqual([{ ...STARTED, added: 'by a later version' }])
    await expect(readRun(storage, '../../x')).rejects.toThrow('no run')
  })

  it('is listed only if its file name has exactly the right form', async () => {
    const storage = lake()
    for (const name of [RUN, 'x', '20261129', `${RUN} `]) await storage.put(`_lake/runs/${name}.ndjson`, '')
    expect(await listRuns(storage)).toEqual([RUN])
  })
})

it('a claim of this process belongs to an active run', async () => {
  const storage = lake()
  const mine = {
    ...CLAIM,
    host: hostname(),
    pid: process.pid,
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
  }
  await storage.put('_lake/claims/songs.00000001.json', JSON.stringify(mine))
  expect(await claimAssets(storage, ['songs'], RUN)).toEqual({ kind: 'held-by-other', holder: mine })
})
