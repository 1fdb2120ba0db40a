// What a vacuum removes.
import { describe, expect, it } from 'vitest'
import type { TableLifetimes } from '../../../framework/delta/lifetimes.ts'
import {
  decideFiles,
  decideScratch,
  type LakeContents,
  versionsToKeep,
} from '../../../framework/maintain/vacuum/vacuum-plan.ts'
import type { Claim } from '../../../framework/run/claims/claim.ts'

const HOUR = 3_600_000
const NOW = Date.parse('2018-11-21T12:00:00.000Z')
const OLD = NOW - 2 * HOUR
const YOUNG = NOW - HOUR / 2

/**
 * A source of three versions, which were committed three, two and one hours ago. Each has its own
 * data file and manifest.
 */
const source: TableLifetimes = {
  oldest: 0,
  versions: [0, 1, 2].map((version) => {
    const timestamp = NOW - (5 - version) * HOUR
    const content = { algorithm: 'a', rows: 1, columns: {} }
    const code = { version: 'c', query: 'q', columns: [], partitionBy: [] }
    const state = { manifest: `_lake/sources/plays/manifest-${version}.json.gz`, files: 1, lines: 1, rejected: 0 }
    const lake = { format: 1, runId: 'r', engine: 'duckdb', code, content, partitions: 1, inputs: {}, source: state }
    return { version, timestamp, commitInfo: { timestamp, operation: 'WRITE', lake } }
  }),
  files: [0, 1, 2].map((version) => ({
    path: `part-${version}.parquet`,
    from: version,
    until: version === 2 ? undefined : version + 1,
  })),
  schemaSince: 0,
}

const paths = [
  'plays/part-0.parquet',
  'plays/part-1.parquet',
  'plays/part-2.parquet',
  '_lake/sources/plays/manifest-0.json.gz',
  '_lake/sources/plays/manifest-1.json.gz',
  '_lake/sources/plays/manifest-2.json.gz',
]
const item = (path: string, changedAt = OLD, unfinished = false) => ({ path, size: 7, changedAt, unfinished })
const claim = (runId: string, key = 'other'): Claim => ({ key, runId, host: 'h', pid: 1, expiresAt: '' })

function contents(changes: Partial<LakeContents> = {}): LakeContents {
  return {
    ...{
      now: NOW,
      olderThan: 0,
      keepHistory: 0,
      compared: new Map(),
      keys: new Set(['plays', 'other']),
      items: paths.map((path) => item(path)),
    },
    ...{ formerKeys: new Map(), scratch: [], claims: { live: [], dead: [] }, tables: new Map([['plays', source]]) },
    ...changes,
  }
}

const actions = (of: LakeContents) =>
  Object.fromEntries(decideFiles(of, versionsToKeep(of)).map(({ path, action, why }) => [path, `${action}: ${why}`]))

describe('a vacuum', () => {
  it('deletes the data files and manifests of versions that are not kept', () => {
    expect(actions(contents())).toEqual({
      'plays/part-0.parquet': 'delete: only in version 0',
      'plays/part-1.parquet': 'delete: only in version 1',
      '_lake/sources/plays/manifest-0.json.gz': 'delete: only in version 0',
      '_lake/sources/plays/manifest-1.json.gz': 'delete: only in version 1',
    })
    expect(Object.keys(actions(contents({ olderThan: 3.5 * HOUR })))).toEqual([
      'plays/part-0.parquet',
      '_lake/sources/plays/manifest-0.json.gz',
    ])
  })

  it('keeps the version that was the newest when an active run started, whatever the retention is', () => {
    const began = (id: string) => contents({ claims: { live: [claim(id)], dead: [] } })
    expect(Object.keys(actions(began('20181121T083000000Z-aaaaaa')))).toEqual([
      'plays/part-0.parquet',
      '_lake/sources/plays/manifest-0.json.gz',
    ])
    expect(actions(began('somebody'))).toEqual({})
    expect(Object.keys(actions(contents({ claims: { live: [], dead: [claim('somebody')] } })))).toHaveLength(4)
  })

  it('keeps files of versions that the log may have lost within the retention', () => {
    // Only a checkpoint and the commit of version 2 are left. Version 2 replaced another version
    // three hours ago.
    const left = { ...source, oldest: 2, versions: source.versions.slice(2), files: source.files.slice(2) }
    const of = (hours: number) => actions(contents({ olderThan: hours * HOUR, tables: new Map([['plays', left]]) }))
    const why = 'can be of a version that the log has lost: it begins at version 2, within the retention'
    const loose = paths.filter((path) => !path.includes('2'))
    expect(of(4)).toEqual(Object.fromEntries(loose.map((path) => [path, `keep: ${why}`])))
    const unpublished = 'delete: in no version: left by a run that did not publish it'
    expect(of(2)).toEqual(Object.fromEntries(loose.map((path) => [path, unpublished])))
  })

  it('keeps the files of an interrupted read for the retention, for at least an hour, and while a run reads the source', () => {
    const of = (changedAt: number, changes: Partial<LakeContents> = {}) => {
      const items = ['begun.json', '1/manifest.json.gz', '1/0.parquet'].map((name) =>
        item(`_lake/sources/plays/begun/${name}`, changedAt),
      )
      return [...new Set(Object.values(actions(contents({ items, ...changes }))))]
    }
    const over = 'delete: kept by an interrupted read that no run has continued'
    expect(of(YOUNG)).toEqual(['keep: the next run continues from it'])
    expect(of(OLD)).toEqual([over])
    expect(of(OLD, { olderThan: 3 * HOUR })).toEqual(['keep: the next run continues from it'])
    expect(of(OLD, { claims: { live: [claim('r', 'plays')], dead: [] } })).toEqual(['keep: r is building plays'])
    expect(of(OLD, { keys: new Set(['other']) })).toEqual([])
  })

  it('deletes temporary files of ended runs, and keeps those of active runs', () => {
    const [ended, working] = ['20181121T083000000Z-aaaaaa', '20181121T093000000Z-bbbbbb']
    const begun = '20181121T094500000Z-cccccc'
    const items = [
      item(`_lake/scratch/${ended}/files-1/part-0.parquet`),
      item(`_lake/spark/${ended}/session-1/0.spec.json`),
      item(`_lake/spark/intents/lake_${ended}/session/1.json`),
      item(`_lake/scratch/${ended}/files-2/part-0.parquet`, YOUNG),
      item(`_lake/leases/${ended}.json`),
      item(`_lake/leases/${working}.json`),
      item(`_lake/leases/${begun}.json`, YOUNG),
      item(`_lake/spark/${working}/session-1/0.spec.json`),
      item('_lake/spark/job/0123/main.py'),
    ]
    const claims = { live: [claim(working)], dead: [] }
    expect(actions(contents({ items, claims, tables: new Map() }))).toEqual({
      [`_lake/scratch/${ended}/files-1/part-0.parquet`]: 'delete: its run ended without removing it',
      [`_lake/spark/${ended}/session-1/0.spec.json`]: 'delete: its run ended without removing it',
      [`_lake/spark/intents/lake_${ended}/session/1.json`]: 'delete: its run ended without removing it',
      [`_lake/scratch/${ended}/files-2/part-0.parquet`]: 'keep: used within the last hour',
      [`_lake/leases/${ended}.json`]: 'delete: its run ended without removing it',
      [`_lake/spark/${working}/session-1/0.spec.json`]: 'keep: its run is at work',
    })
  })

  it('keeps the files by which lake finds the clusters of a run, while some of these may still be running', () => {
    const run = '20181121T083000000Z-aaaaaa'
    const paths = [
      `_lake/spark/clusters/${run}.json`,
      `_lake/spark/intents/lake_${run}/_cluster/1.id.json`,
      `_lake/scratch/${run}/files-1/part-0.parquet`,
    ]
    expect(actions(contents({ items: paths.map((path) => item(path)), tables: new Map() }))).toEqual({
      [`_lake/spark/intents/lake_${run}/_cluster/1.id.json`]:
        'keep: its run may have left a cluster running, and this file is needed to find it',
      [`_lake/scratch/${run}/files-1/part-0.parquet`]: 'delete: its run ended without removing it',
    })
  })

  it('keeps files younger than an hour while any run is active', () => {
    const items = [
      item('plays/part-0.parquet', YOUNG),
      item('plays/part-9.parquet', YOUNG),
      item('plays/part-8.parquet'),
    ]
    expect(Object.values(actions(contents({ items })))).toEqual([
      'delete: only in version 0',
      'delete: in no version: left by a run that did not publish it',
      'delete: in no version: left by a run that did not publish it',
    ])
    const id = '20181121T115900000Z-aaaaaa'
    expect(actions(contents({ items, claims: { live: [claim(id)], dead: [] } }))).toEqual({
      'plays/part-0.parquet': `keep: less than an hour old while ${id} is at work`,
      'plays/part-9.parquet': `keep: less than an hour old while ${id} is at work`,
      'plays/part-8.parquet': 'delete: in no version: left by a run that did not publish it',
    })
  })

  it('keeps files that an active run may be about to publish, however old they are', () => {
    const id = '20181121T080000000Z-aaaaaa'
    const items = [
      item('plays/part-9.parquet'),
      item('_lake/sources/plays/rejects-9.ndjson.gz'),
      item('other/part-9.parquet'),
    ]
    expect(actions(contents({ items, claims: { live: [claim(id, 'plays')], dead: [] } }))).toEqual({
      'plays/part-9.parquet': `keep: ${id} is building plays`,
      '_lake/sources/plays/rejects-9.ndjson.gz': `keep: ${id} is building plays`,
      'other/part-9.parquet': 'delete: in no version: left by a run that did not publish it',
    })
  })

  it('does not touch files of other projects, and files whose names lake does not use', () => {
    const strangers = ['plays/README.md', 'plays/_delta_log/00000000000000000000.json', 'plays/deep/part-9.parquet']
    const others = [
      'stranger/part-9.parquet',
      '_lake/sources/stranger/manifest-9.json.gz',
      '_lake/claims/plays.00000001.json',
    ]
    expect(actions(contents({ items: [...strangers, ...others].map((path) => item(path)) }))).toEqual({})
  })

  it('deletes files that were left half-written an hour ago', () => {
    const items = [
      item('plays/.tmp-1', OLD, true),
      item('_lake/runs/.tmp-2', YOUNG, true),
      item('_lake/scratch/r/.tmp-3', OLD, true),
    ]
    expect(actions(contents({ items }))).toEqual({
      'plays/.tmp-1': 'delete: half-written, left by a process that was killed',
      '_lake/runs/.tmp-2': 'keep: half-written, less than an hour ago',
    })
  })

  it('deletes the events of runs that are older than the project keeps them, and no others', () => {
    const [old, recent, atWork] = [
      '20181101T120000000Z-00000a',
      '20181120T120000000Z-00000b',
      '20181101T120000000Z-00000c',
    ]
    const items = [old, recent, atWork].map((run) => item(`_lake/runs/${run}.ndjson`))
    const claims = { live: [claim(atWork ?? '')], dead: [] }
    expect(actions(contents({ items, claims }))).toEqual({})
    expect(actions(contents({ items, claims, keepRuns: 7 * 24 * HOUR }))).toEqual({
      [`_lake/runs/${old}.ndjson`]: 'delete: events of a run that is older than keepRuns',
    })
  })

  it('deletes the scratch directories of dead runs, and never that of an active run', () => {
    const scratch = [
      { runId: 'working', size: 5, changedAt: OLD },
      { runId: 'dead', size: 5, changedAt: YOUNG },
      { runId: 'verifying', size: 5, changedAt: YOUNG },
      { runId: 'forgotten', size: 5, changedAt: OLD },
    ]
    const claims = { live: [claim('working')], dead: [claim('dead')] }
    const decisions = decideScratch(contents({ scratch, claims }))
    expect(decisions.map(({ path, action }) => [path, action])).toEqual([
      ['_lake/scratch/working', 'keep'],
      ['_lake/scratch/dead', 'delete'],
      ['_lake/scratch/verifying', 'keep'],
      ['_lake/scratch/forgotten', 'delete'],
    ])
  })
})
