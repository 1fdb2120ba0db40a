// How lake shows verifications, differences and versions.
import { describe, expect, it } from 'vitest'
import { ExactDigits } from '../../../../framework/engine/json-value.ts'
import type { Verification } from '../../../../framework/maintain/verify.ts'
import { diffText } from '../../../../framework/report/tables/diff-text.ts'
import { rollbackText } from '../../../../framework/report/tables/rollback-text.ts'
import { vacuumText } from '../../../../framework/report/tables/vacuum-text.ts'
import { verificationText, verifySummary } from '../../../../framework/report/tables/verify-text.ts'
import { page } from '../sample.ts'

const lines = (text: string) => text.split('\n')

describe('a verification', () => {
  const equal = { result: 'equal', key: 'songs', version: 3, rows: 71_000 } as const
  const different: Verification = {
    ...{ result: 'different', key: 'plays', version: 5, rows: 6_820, missing: 1, extra: 2, madeBy: null },
    sample: [
      { difference: 'missing', row: { id: 'a', ts: new ExactDigits('9007199254740993') }, sinceVersion: null },
      { difference: 'extra', row: { id: 'b\u001b[2J', ts: null }, sinceVersion: 4 },
    ],
    since: { version: 4, operation: 'WRITE', runId: '20181121T215647796Z-3f9a1c' },
  }
  const stale = { result: 'not-verified', key: 'time', why: 'it is stale', error: null } as const
  const failed = { ...stale, error: { code: 'corrupt-table', message: 'it is stale' } } as const

  it('shows the result of each asset, and the wrong rows', () => {
    const texts = [equal, different, stale, failed].map((result) => verificationText(result, 6, page(100)))
    expect(texts.flatMap(lines)).toMatchInlineSnapshot(`
      [
        "songs   equal         71,000 rows of version 3",
        "plays   different     1 row missing, 2 rows too many, of 6,820 in version 5; since version 4 (WRITE of run 20181121T215647796Z-3f9a1c)",
        "    missing             {"id":"a","ts":9007199254740993}",
        "    extra    since 4    {"id":"b\\u001b[2J","ts":null}",
        "time    not verified  it is stale",
        "time    failed        it is stale",
      ]
    `)
  })

  it('ends with a summary', () => {
    expect(verifySummary([equal, equal, different, stale])).toBe('4 assets: 2 equal, 1 different, 1 not verified.')
    expect(verifySummary([])).toBe('Nothing to verify: no selected asset has been built.')
  })
})

it('a diff shows which rows were added, removed and changed', () => {
  const diff = {
    ...{ asset: 'users', from: 1, to: 4, added: 1, removed: 1_000, changed: 1, key: ['user_id'] },
    columns: { added: ['city'], removed: [], retyped: ['age'] },
    sample: [
      { change: 'removed', row: { user_id: '8', level: 'free' }, found: [] },
      { change: 'added', row: { user_id: '9', level: null }, found: [] },
      {
        change: 'changed',
        before: { user_id: '7', level: 'free', plays: new ExactDigits('1') },
        after: { user_id: '7', level: 'paid', plays: new ExactDigits('1') },
      },
    ],
  } as const
  expect(lines(diffText(diff, page(80)))).toMatchInlineSnapshot(`
    [
      "users, version 1 to 4: 1 row added, 1,000 removed, 1 changed",
      "columns added: city",
      "columns whose type changed, which are not compared: age",
      "- {"user_id":"8","level":"free"}",
      "+ {"user_id":"9","level":null}",
      "~ "7"  level "free" -> "paid"",
      "",
      "Not all are shown: --limit N shows more of each kind.",
    ]
  `)
  const same = { ...diff, added: 0, removed: 0, changed: 0, sample: [] }
  expect(lines(diffText(same, page(80)))).toMatchInlineSnapshot(`
    [
      "users, version 1 to 4: the same rows in the columns that both have.",
      "columns added: city",
      "columns whose type changed, which are not compared: age",
    ]
  `)
})

it('a rollback says which version now has which rows', () => {
  const rolledBack = { outcome: 'rolled-back', from: 3, version: 4, runId: 'r', rows: 1_200 } as const
  expect(lines(rollbackText('songs', 1, rolledBack))).toMatchInlineSnapshot(`
    [
      "Rolled songs back from version 3 to the 1,200 rows of version 1, as version 4.",
      "Its downstreams are stale if its rows differ; \`lake status\` lists them. \`lake materialize\` builds newer rows again.",
    ]
  `)
  expect(rollbackText('songs', 3, { ...rolledBack, outcome: 'unchanged', version: 3 })).toBe(
    'Nothing to do: version 3 is the newest of songs.',
  )
})

it('a vacuum says how much it deletes, what it keeps, and why', () => {
  const deleted = [
    { path: 'songs/part-1.parquet', size: 180_000, why: 'only in version 0' },
    { path: 'songs/part-2.parquet', size: 20_000, why: 'only in the versions 0 to 2' },
    { path: '_lake/scratch/r', size: 5, why: 'its run is dead' },
  ]
  const kept = {
    versions: [
      { asset: 'songs', from: 3, to: 6, why: 'the newest within the retention' },
      { asset: 'songs', from: 7, to: 7, why: 'the newest' },
    ],
    files: [{ path: 'songs/part-9.parquet', size: 4, why: 'r2 is building songs' }],
  }
  const vacuumed = { deleted, bytes: 200_005, dryRun: false, kept }
  expect(lines(vacuumText(vacuumed, page(100)))).toMatchInlineSnapshot(`
    [
      "Deleted 3 files, 200.0 kB:",
      "  songs          2 files  200.0 kB",
      "  _lake/scratch   1 file       5 B",
      "",
      "Kept:",
      "  songs  versions 3 to 6  the newest within the retention",
      "  songs  version 7        the newest",
      "",
      "Kept though no version needs them:",
      "  songs/part-9.parquet  4 B  r2 is building songs",
    ]
  `)
  expect(lines(vacuumText({ ...vacuumed, dryRun: true }, page(100))).slice(0, 4)).toMatchInlineSnapshot(`
    [
      "Would delete 3 files, 200.0 kB:",
      "  songs/part-1.parquet  180.0 kB  only in version 0",
      "  songs/part-2.parquet   20.0 kB  only in the versions 0 to 2",
      "  _lake/scratch/r            5 B  its run is dead",
    ]
  `)
  expect(vacuumText({ deleted: [], bytes: 0, dryRun: false, kept: { versions: [], files: [] } }, page())).toBe(
    'Nothing to delete.',
  )
})
