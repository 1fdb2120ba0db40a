// Which commits a vacuum removes from a log.
import { describe, expect, it } from 'vitest'
import type { TableLifetimes } from '../../../framework/delta/lifetimes.ts'
import { decideLogs, oldestLogged } from '../../../framework/maintain/vacuum/vacuum-log.ts'
import type { LakeContents } from '../../../framework/maintain/vacuum/vacuum-plan.ts'

const DAY = 86_400_000
const NOW = Date.parse('2018-11-21T12:00:00.000Z')

/** Versions from `oldest` to 40, one for each day. The newest is of today. */
function table(oldest = 0, input?: { readonly key: string; readonly version: number }): TableLifetimes {
  const versions = Array.from({ length: 41 - oldest }, (_, index) => {
    const version = oldest + index
    const timestamp = NOW - (40 - version) * DAY
    const content = { algorithm: 'a', rows: 1, columns: {} }
    const code = { version: 'c', query: 'q', columns: [], partitionBy: [] }
    const inputs = input ? { [input.key]: { version: input.version, content } } : {}
    const lake = { format: 1, runId: 'r', engine: 'duckdb', code, content, partitions: 1, inputs }
    return { version, timestamp, commitInfo: { timestamp, operation: 'WRITE', lake } }
  })
  return { oldest, versions, files: [], schemaSince: oldest }
}

function contents(changes: Partial<LakeContents> = {}): LakeContents {
  return {
    ...{ now: NOW, olderThan: 7 * DAY, keepHistory: 30 * DAY, keys: new Set(['songs']), compared: new Map() },
    ...{ formerKeys: new Map(), scratch: [], claims: { live: [], dead: [] }, items: [] },
    tables: new Map([['songs', table()]]),
    ...changes,
  }
}
const oldest = (changes: Partial<LakeContents>) => oldestLogged(contents(changes)).get('songs')

describe('the oldest version that stays in a log', () => {
  it('is the version that was the newest when the kept history begins', () => {
    expect(oldest({})).toBe(9)
    expect(oldest({ keepHistory: 20 * DAY })).toBe(19)
    expect(oldest({ keepHistory: 0, olderThan: 0 })).toBe(39)
  })

  it('is not later than any version whose files are kept', () => {
    expect(oldest({ keepHistory: 0 })).toBe(32)
  })

  it('is not later than any version that a table, a check or a run can still need', () => {
    const tables = new Map([
      ['songs', table()],
      ['plays', table(0, { key: 'songs', version: 3 })],
    ])
    expect(oldest({ tables })).toBe(3)
    expect(oldest({ compared: new Map([['songs', 38]]) })).toBe(3)
    const claim = { key: 'plays', runId: '20181016T120000000Z-aaaaaa', host: 'h', pid: 1, expiresAt: '' }
    expect(oldest({ claims: { live: [claim], dead: [] } })).toBe(3)
  })

  it('is 0, so that every version stays, if the log has already lost versions of the kept history', () => {
    const tables = new Map([['songs', table(20)]])
    expect(oldest({ tables })).toBe(0)
    expect(oldest({ tables, keepHistory: 20 * DAY })).toBe(0)
    expect(oldest({ tables, keepHistory: 19 * DAY })).toBe(20)
  })
})

describe('the files of a log that a vacuum deletes', () => {
  it('belong to older versions, in order from the oldest; files that lake does not know are not among them', () => {
    const name = (version: number, suffix: string) => `songs/_delta_log/${String(version).padStart(20, '0')}${suffix}`
    const kept = [
      ...[name(10, '.json'), name(10, '.checkpoint.parquet'), name(11, '.json'), 'songs/_delta_log/_last_checkpoint'],
      ...[name(3, '.json.bak'), name(1, '.6ba7b810.checkpoint.parquet'), `other/_delta_log/${'0'.repeat(20)}.json`],
    ]
    const deleted = [
      ...[name(7, '.crc'), name(7, '.json'), name(8, '.checkpoint.0000000001.of.0000000002.parquet')],
      ...[name(8, '.checkpoint.parquet'), name(8, '.json'), name(9, '.json')],
    ]
    const items = [...kept, ...deleted.toReversed()].map((path) => ({ path, size: 7, changedAt: 0, unfinished: false }))
    const decided = decideLogs({ items }, new Map([['songs', 10]]))
    expect([...decided.keys()]).toEqual(['songs'])
    expect(decided.get('songs')?.map(({ path }) => path)).toEqual(deleted)
    expect(decided.get('songs')?.[0]).toMatchObject({
      ...{ action: 'delete', size: 7, why: 'of version 7: the log begins at version 10 now' },
    })
  })
})
