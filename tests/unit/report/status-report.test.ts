// What `lake status` says of an asset.
import { mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { loadStatus } from '../../../framework/cli/status-report.ts'
import type { RunEvent } from '../../../framework/run/events.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { STARTED, sampleGraph } from './sample.ts'

const RUN = '20261123T081200000Z-3f9a1c'

it('the status of an asset that a run is building has the job of the run, and the last reported cost', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lake-status-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const lake = localStorage(join(directory, 'lake'))
  const sources = localStorage(directory)
  const project = {
    ...{ loadedAt: new Date(), files: [] },
    ...{ root: directory, config: { assets: {}, profiles: {} }, profile: { lake: lake.uri }, graph: sampleGraph() },
    storages: { lake, source: () => sources },
  }
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  const claim = { key: 'catalog', runId: RUN, host: hostname(), pid: process.pid, expiresAt }
  await lake.put('_lake/claims/catalog.00000001.json', JSON.stringify(claim))
  const at = { runId: RUN, at: STARTED.at }
  const events: RunEvent[] = [
    { ...STARTED, runId: RUN },
    { type: 'job-placed', ...at, name: 'lake R/session/1', where: 'step s-1 on cluster j-1', takenUp: false },
  ]
  const job = async () => {
    await lake.put(`_lake/runs/${RUN}.ndjson`, events.map((event) => JSON.stringify(event)).join('\n'))
    return (await loadStatus(project)).assets.find(({ key }) => key === 'catalog')?.job
  }
  expect(await job()).toEqual({ where: 'step s-1 on cluster j-1', since: STARTED.at })
  for (const cost of ['about $0.04 (estimate)', 'about $0.08 (estimate)']) {
    events.push({ type: 'cost-estimated', ...at, cost })
    expect(await job()).toEqual({ where: 'step s-1 on cluster j-1', since: STARTED.at, cost })
  }
})
