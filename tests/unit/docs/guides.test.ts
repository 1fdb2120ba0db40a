/** Each guide is run by a test. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../../support/reference/documented.ts'

/** Guide -> the scenario that runs it, or why none does. */
const RUN_BY: Readonly<Record<string, string | { readonly because: string }>> = {
  catalog: 'commands/catalog',
  checks: 'guides/guides',
  'deletion-vectors': { because: 'its one block is the excerpt of an asset' },
  emr: { because: 'its commands need an AWS account' },
  formats: 'formats/formats',
  freshness: 'guides/runs-guides',
  'from-dagster': 'guides/guides',
  'from-dbt': 'guides/guides',
  'from-spark': 'guides/guides',
  'from-sql': 'guides/guides',
  'from-sqlmesh': 'guides/guides',
  hooks: 'guides/runs-guides',
  'nested-values': 'formats/nested-values',
  'one-row-and-first-rows': 'guides/guides',
  operating: 'guides/guides',
  'reading-the-lake': 'guides/reading-the-lake',
  retries: 'guides/runs-guides',
  'rows-from-code': 'rows/rows-from-code',
  runs: 'guides/runs-guides',
  s3: { because: 'its commands need an AWS account' },
  schedules: 'guides/schedules-guide',
  series: 'increments/series',
  sources: 'sources/source-columns',
  status: 'screens/status-view',
  testing: 'guides/guides',
  'your-first-asset': 'guides/guides',
}

const guides = readdirSync(join(ROOT, 'docs/guides')).map((name) => basename(name, '.md'))

it.each(guides)('the guide %s is run by a test, or says why not', (guide) => {
  const by = RUN_BY[guide]
  expect(by, 'add the guide to this table, with the test that runs it').toBeDefined()
  if (typeof by === 'string')
    expect(readFileSync(join(ROOT, `tests/scenarios/${by}.test.ts`), 'utf8')).toMatch(new RegExp(`\\b${guide}\\b`))
})

it('no guide of the table is missing', () => {
  expect(Object.keys(RUN_BY).filter((guide) => !guides.includes(guide))).toEqual([])
})
