/** Each guide is run by a test. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../../support/reference/documented.ts'

/** Guide -> the test that runs it, or why none does. */
const RUN_BY: Readonly<Record<string, string | { readonly because: string }>> = {
  catalog: 'catalog',
  checks: 'guides',
  'deletion-vectors': { because: 'its one block is the excerpt of an asset' },
  emr: { because: 'its commands need an AWS account' },
  formats: 'formats',
  'from-dagster': 'guides',
  'from-dbt': 'guides',
  'from-spark': 'guides',
  'from-sql': 'guides',
  'from-sqlmesh': 'guides',
  'nested-values': 'nested-values',
  'one-row-and-first-rows': 'guides',
  operating: 'guides',
  'reading-the-lake': 'reading-the-lake',
  'rows-from-code': 'rows-from-code',
  runs: 'runs-guide',
  s3: { because: 'its commands need an AWS account' },
  schedules: 'schedules-guide',
  series: 'series',
  sources: 'source-columns',
  status: 'status-view',
  testing: 'guides',
  'your-first-asset': 'guides',
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
