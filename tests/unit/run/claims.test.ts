// How runs claim assets, keep them and lose them.
import { mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { claimAssets } from '../../../framework/run/claims/claim-assets.ts'
import { activeClaims, openClaims } from '../../../framework/run/claims/open-claims.ts'
import { systemTiming } from '../../../framework/run/timing.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'

function lake() {
  const directory = mkdtempSync(join(tmpdir(), 'lake-claims-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return localStorage(directory)
}

/** Claims assets, and releases them when the test ends. */
async function claimUntilEnd(storage: ReturnType<typeof lake>, keys: readonly string[], runId: string) {
  const result = await claimAssets(storage, keys, runId)
  if (result.kind === 'held-by-other') throw new Error(`held by ${result.holder.runId}`)
  onTestFinished(() => result.claims.release())
  return result
}

/** The ids of runs. */
const id = (digits: string) => `20261129T081500000Z-${digits.padStart(6, '0')}`
const [FIRST, SECOND, THIRD, OTHER] = [id('1'), id('2'), id('3'), id('4')]

const claimFile = (key: string, epoch: number) => `_lake/claims/${key}.${String(epoch).padStart(8, '0')}.json`

/** A claim that another process left. */
async function leaveClaim(
  storage: ReturnType<typeof lake>,
  claim: { readonly host: string; readonly pid: number; readonly expiresAt: string },
) {
  await storage.put(claimFile('songs', 3), JSON.stringify({ key: 'songs', runId: OTHER, ...claim }))
}

const LATER = new Date(Date.now() + 3_600_000).toISOString()
const LONG_AGO = new Date(Date.now() - 24 * 3_600_000).toISOString()
const EARLIER = new Date(Date.now() - 1_000).toISOString()
/** Greater than any process id of Linux. */
const NO_PROCESS = 4_194_305

describe('claims', () => {
  it('are all taken, or none of them', async () => {
    const storage = lake()
    await claimUntilEnd(storage, ['songs'], FIRST)
    expect(await claimAssets(storage, ['artists', 'songs'], SECOND)).toMatchObject({
      kind: 'held-by-other',
      holder: { key: 'songs', runId: FIRST },
    })
    await claimUntilEnd(storage, ['artists'], THIRD)
  })

  it('are free after they are released', async () => {
    const storage = lake()
    for (const run of [FIRST, SECOND, THIRD]) {
      const { claims } = await claimUntilEnd(storage, ['songs'], run)
      expect(await activeClaims(storage)).toMatchObject([{ key: 'songs', runId: run, pid: process.pid }])
      await claims.release()
      expect(await activeClaims(storage)).toEqual([])
    }
    expect(await storage.names('_lake/claims')).toEqual(['songs.00000003.released'])
  })

  it('are taken by one of twenty runs', async () => {
    const storage = lake()
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, run) => claimAssets(storage, ['songs'], id(run.toString(16)))),
    )
    const winners = results.filter(({ kind }) => kind === 'claimed')
    expect(winners).toHaveLength(1)
    for (const winner of winners) if (winner.kind === 'claimed') await winner.claims.release()
  })

  it.each([
    ['whose lease has ended', { host: 'elsewhere', pid: 1, expiresAt: EARLIER }],
    ['of a process of this machine that has ended', { host: hostname(), pid: NO_PROCESS, expiresAt: LATER }],
  ])('that belong to a run %s are adopted, and the new run learns the name of the dead run', async (_, claim) => {
    const storage = lake()
    await leaveClaim(storage, claim)
    expect(await activeClaims(storage)).toEqual([])
    expect(await claimUntilEnd(storage, ['songs'], FIRST)).toMatchObject({ deadRuns: [OTHER] })
  })

  it.each([
    ['another machine', { host: 'elsewhere', pid: NO_PROCESS, expiresAt: LATER }],
    ['a live process', { host: hostname(), pid: process.pid, expiresAt: LATER }],
  ])('that belong to %s last until their lease ends', async (_, claim) => {
    const storage = lake()
    await leaveClaim(storage, claim)
    expect(await claimAssets(storage, ['songs'], FIRST)).toMatchObject({
      kind: 'held-by-other',
      holder: { runId: OTHER },
    })
  })

  it('are not released by a run that has lost them to another run', async () => {
    const storage = lake()
    const { claims } = await claimUntilEnd(storage, ['songs'], FIRST)
    const lost = JSON.stringify({ key: 'songs', runId: FIRST, host: 'elsewhere', pid: 1, expiresAt: EARLIER })
    await storage.put(claimFile('songs', 1), lost)
    await claimUntilEnd(storage, ['songs'], SECOND)
    await claims.release()
    expect(await activeClaims(storage)).toMatchObject([{ runId: SECOND }])
  })
})

describe('open claims', () => {
  const HOUR = 3_600_000
  const ago = (milliseconds: number) => new Date(Date.now() - milliseconds).toISOString()

  it('belong to an active run while its process may live, for up to an hour after the end of its lease', async () => {
    const storage = lake()
    await leaveClaim(storage, { host: 'elsewhere', pid: 1, expiresAt: ago(HOUR / 2) })
    expect(await openClaims(storage)).toMatchObject({ live: [{ key: 'songs', runId: OTHER }], dead: [] })
    expect(await activeClaims(storage)).toEqual([])
    await leaveClaim(storage, { host: 'elsewhere', pid: 1, expiresAt: ago(2 * HOUR) })
    expect(await openClaims(storage)).toMatchObject({ live: [], dead: [{ runId: OTHER }] })
  })

  it('belong to a dead run as soon as its process on this machine has ended', async () => {
    const storage = lake()
    await leaveClaim(storage, { host: hostname(), pid: NO_PROCESS, expiresAt: LATER })
    expect(await openClaims(storage)).toMatchObject({ live: [], dead: [{ runId: OTHER }] })
  })

  it('do not include claims that were released', async () => {
    const storage = lake()
    const { claims } = await claimUntilEnd(storage, ['songs'], FIRST)
    expect((await openClaims(storage)).live).toHaveLength(1)
    await claims.release()
    expect(await openClaims(storage)).toEqual({ live: [], dead: [] })
  })
})

describe('the lease of a run', () => {
  const lease = (run: string) => `_lake/leases/${run}.json`
  const ending = (at: string) => JSON.stringify({ expiresAt: at })
  /** The claims of a run that has claimed two assets on another machine. */
  async function elsewhere(storage: ReturnType<typeof lake>) {
    for (const key of ['artists', 'songs']) {
      const claim = { key, runId: OTHER, host: 'elsewhere', pid: 1, expiresAt: LATER, leased: true }
      await storage.put(claimFile(key, 1), JSON.stringify(claim))
    }
  }

  it('decides when all claims of the run end', async () => {
    const storage = lake()
    await elsewhere(storage)
    await storage.put(lease(OTHER), ending(LATER))
    expect(await claimAssets(storage, ['songs'], FIRST)).toMatchObject({
      kind: 'held-by-other',
      holder: { runId: OTHER, expiresAt: LATER },
    })
    await storage.put(lease(OTHER), ending(LONG_AGO))
    expect(await claimUntilEnd(storage, ['songs', 'artists'], FIRST)).toMatchObject({ deadRuns: [OTHER] })
    expect(await storage.names('_lake/leases')).toEqual([`${FIRST}.json`])
  })

  it.each([
    ['missing', undefined],
    ['damaged', '{'],
  ])('has ended if its file is %s', async (_, text) => {
    const storage = lake()
    await elsewhere(storage)
    if (text !== undefined) await storage.put(lease(OTHER), text)
    expect(await activeClaims(storage)).toEqual([])
    expect(await claimUntilEnd(storage, ['songs'], FIRST)).toMatchObject({ deadRuns: [OTHER] })
  })

  it.each([
    ['ten minutes behind', -10],
    ['ten minutes ahead', 10],
  ])('holds while a host whose clock is %s renews it', async (_, minutes) => {
    const storage = lake()
    await elsewhere(storage)
    const skewed = (milliseconds: number) =>
      ending(new Date(Date.now() + minutes * 60_000 + milliseconds).toISOString())
    await storage.put(lease(OTHER), skewed(0))
    let renewals = 0
    const sleep = () => {
      renewals += 1
      return storage.put(lease(OTHER), skewed(renewals * 20_000))
    }
    expect(await claimAssets(storage, ['songs'], FIRST, { ...systemTiming, sleep })).toMatchObject({
      kind: 'held-by-other',
      holder: { runId: OTHER, expiresAt: expect.toSatisfy((at: string) => Date.parse(at) > Date.now()) },
    })
    expect(renewals).toBe(minutes < 0 ? 1 : 0)
  })

  it('ends if its host does not renew it while another run watches, whatever the clocks show', async () => {
    const storage = lake()
    await elsewhere(storage)
    await storage.put(lease(OTHER), ending(EARLIER))
    let slept = 0
    const sleep = async (milliseconds: number) => {
      slept += milliseconds
    }
    const result = await claimAssets(storage, ['artists', 'songs'], FIRST, { ...systemTiming, sleep })
    if (result.kind === 'claimed') await result.claims.release()
    expect(result).toMatchObject({ kind: 'claimed', deadRuns: [OTHER] })
    expect(slept).toBe(30_000)
  })

  it('is one file for all claims, and is removed with the claims', async () => {
    const storage = lake()
    const { claims } = await claimUntilEnd(storage, ['songs', 'artists'], FIRST)
    expect(await storage.names('_lake/leases')).toEqual([`${FIRST}.json`])
    await claims.release()
    expect(await storage.names('_lake/leases')).toEqual([])
  })

  it('is removed by a run that gets no claims', async () => {
    const storage = lake()
    await claimUntilEnd(storage, ['songs'], FIRST)
    expect(await claimAssets(storage, ['artists', 'songs'], SECOND)).toMatchObject({ kind: 'held-by-other' })
    expect(await storage.names('_lake/leases')).toEqual([`${FIRST}.json`])
  })
})
