/** A test runs each guide. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../../support/reference/documented.ts'

/** Maps each guide to the scenario that runs it, or to the reason why no scenario does. */
const RUN_BY: Readonly<Record<string, string | { readonly because: string }>> = {
  'runs/emr': { because: 'its commands need an AWS account' },
  'runs/freshness': 'guides/runs-guides',
  'runs/hooks': 'guides/runs-guides',
  'runs/operating': 'guides/guides',
  'runs/retries': 'guides/runs-guides',
  'runs/runs': 'guides/runs-guides',
  'runs/s3': { because: 'its commands need an AWS account' },
  'runs/schedules': 'guides/schedules-guide',
  'runs/status': 'screens/status-view',
  'sources/formats': 'formats/formats',
  'sources/nested-values': 'formats/nested-values',
  'sources/rows-from-code': 'rows/rows-from-code',
  'sources/sources': 'sources/source-columns',
  'start/from-dagster': 'guides/guides',
  'start/from-dbt': 'guides/guides',
  'start/from-spark': 'guides/guides',
  'start/from-sql': 'guides/guides',
  'start/from-sqlmesh': 'guides/guides',
  'start/testing': 'guides/guides',
  'start/your-first-asset': 'guides/guides',
  'tables/catalog': 'commands/catalog',
  'tables/checks': 'guides/guides',
  'tables/deletion-vectors': { because: 'its one block is the excerpt of an asset' },
  'tables/one-row-and-first-rows': 'guides/guides',
  'tables/reading-the-lake': 'guides/reading-the-lake',
  'tables/series': 'increments/series',
}

const guides = readdirSync(join(ROOT, 'docs/guides'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.md'))
  .map((path) => path.slice(0, -'.md'.length))

it.each(guides)('a test runs the guide %s, or a reason says why not', (guide) => {
  const by = RUN_BY[guide]
  expect(by, 'add the guide to this table, with the test that runs it').toBeDefined()
  if (typeof by === 'string')
    expect(readFileSync(join(ROOT, `tests/scenarios/${by}.test.ts`), 'utf8')).toMatch(
      new RegExp(`\\b${basename(guide)}\\b`),
    )
})

it('the list has every guide', () => {
  expect(Object.keys(RUN_BY).filter((guide) => !guides.includes(guide))).toEqual([])
})
