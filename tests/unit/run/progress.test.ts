// The progress of steps in events, and how lake follows a run by its log.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { claimAssets } from '../../../framework/run/claims/claim-assets.ts'
import type { RunEvent, StepProgress } from '../../../framework/run/events.ts'
import { pacedProgress } from '../../../framework/run/progress/paced-progress.ts'
import { pastDurations } from '../../../framework/run/progress/past-durations.ts'
import { tailRun } from '../../../framework/run/progress/tail-run.ts'
import { RunLog } from '../../../framework/run/run-log.ts'
import { systemTiming } from '../../../framework/run/timing.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import type { Storage } from '../../../framework/storage/storage.ts'
import { EVENTS_OF_A_RUN as SAMPLE } from '../report/sample.ts'

const RUN = '20261123T081200000Z-3f9a1c'
const EVENTS_OF_A_RUN = SAMPLE.map((event): RunEvent => ({ ...event, runId: RUN }))

describe('the progress of a step', () => {
  const paced = () => {
    const reported: StepProgress[] = []
    let now = 0
    const report = pacedProgress(
      () => new Date(now),
      (progress) => reported.push(progress),
    )
    return {
      reported,
      at: (milliseconds: number, done: number, more: Partial<StepProgress> = {}) => {
        now = milliseconds
        report({ done, total: 100, unit: 'files', ...more })
      },
    }
  }

  it('is reported if it changes, at most twice a second', () => {
    const { reported, at } = paced()
    at(0, 0)
    at(10, 1)
    at(20, 2)
    at(509, 3)
    at(510, 4)
    at(2000, 4)
    at(2100, 4, { phase: 'checks' })
    expect(reported.map(({ done, phase }) => [done, phase])).toEqual([
      [1, undefined],
      [4, undefined],
      [4, 'checks'],
    ])
  })

  it('makes few events even if a step takes a day', () => {
    const { reported, at } = paced()
    for (let second = 1; second <= 86_400; second += 1) at(second * 1000, second)
    expect(reported.length).toBeLessThan(600)
    expect(reported.length).toBeGreaterThan(200)
  })
})

function emptyLake(): Storage {
  const directory = mkdtempSync(join(tmpdir(), 'lake-follow-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return localStorage(directory)
}

async function store(lake: Storage, events: readonly RunEvent[]): Promise<void> {
  const log = new RunLog(lake, RUN)
  for (const event of events) log.write(event)
  await log.close()
}

/** Follows the run. Calls `meanwhile` instead of each pause. */
async function follow(
  lake: Storage,
  meanwhile: (pause: number) => Promise<void>,
  signal = new AbortController().signal,
) {
  const seen: RunEvent[] = []
  let pauses = 0
  const timing = { ...systemTiming, sleep: () => meanwhile(++pauses) }
  const end = await tailRun({ lake, runId: RUN, timing, signal }, (event) => seen.push(event))
  return { end, seen }
}

describe('a run of another process', () => {
  it('is followed event by event until its end', async () => {
    const lake = emptyLake()
    await store(lake, EVENTS_OF_A_RUN.slice(0, 2))
    const { end, seen } = await follow(lake, (pause) => store(lake, EVENTS_OF_A_RUN.slice(0, 2 + 2 * pause)))
    expect(seen).toEqual(EVENTS_OF_A_RUN)
    expect(end).toEqual({ kind: 'ended', status: 'failed' })
  })

  it('counts as dead if it stores nothing and no longer holds a claim', async () => {
    const lake = emptyLake()
    await store(lake, EVENTS_OF_A_RUN.slice(0, 2))
    const claimed = await claimAssets(lake, ['catalog'], RUN, systemTiming)
    if (claimed.kind === 'held-by-other') throw new Error('nothing holds it')
    let pauses = 0
    const { end, seen } = await follow(lake, async (pause) => {
      pauses = pause
      if (pause === 30) await claimed.claims.release()
    })
    expect(end).toEqual({ kind: 'dead' })
    expect(pauses).toBeGreaterThan(30)
    expect(seen).toHaveLength(2)
  })

  it('does not count as dead if it records its end just before it releases its claims', async () => {
    const lake = emptyLake()
    await store(lake, EVENTS_OF_A_RUN.slice(0, 2))
    const { end } = await follow(lake, async (pause) => {
      // No claim is held. The fifth reading notices that, and the sixth reads the log again.
      if (pause === 6) await store(lake, EVENTS_OF_A_RUN)
    })
    expect(end).toEqual({ kind: 'ended', status: 'failed' })
  })

  it('goes on if nobody follows it any more', async () => {
    const lake = emptyLake()
    await store(lake, EVENTS_OF_A_RUN.slice(0, 2))
    const leaving = new AbortController()
    const { end } = await follow(lake, async () => leaving.abort(), leaving.signal)
    expect(end).toEqual({ kind: 'left' })
  })
})

it('an event is stored within a second, even if no event follows', async () => {
  const lake = emptyLake()
  const stored: string[] = []
  const watched = { ...lake, put: async (path: string, body: string | Uint8Array) => void stored.push(path + body) }
  const log = new RunLog(watched, RUN)
  const [first, second] = EVENTS_OF_A_RUN
  if (!first || !second) throw new Error('the sample run is another')
  log.write(first)
  log.write(second)
  await expect.poll(() => stored.some((text) => text.includes('"step-started"')), { timeout: 60_000 }).toBe(true)
})

it('earlier durations come from the newest run that has them; they are unknown if its log is damaged', async () => {
  const lake = emptyLake()
  await store(lake, EVENTS_OF_A_RUN)
  await lake.put('_lake/runs/20261123T091200000Z-3f9a1c.ndjson', 'damaged')
  const durations = async (before: string) => [...(await pastDurations(lake, before, [])).steps]
  const wanted = [{ asset: 'catalog', mode: 'ingest' }] as const
  const known = await pastDurations(lake, '20261124T081200000Z-3f9a1c', wanted)
  expect([...known.steps]).toEqual([['ingest catalog', 400]])
  expect(await durations('20261123T081200000Z-3f9a1c')).toEqual([])
})
