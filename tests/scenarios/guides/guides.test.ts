/** The guides are correct: the tests use their files, commands and outputs as they are written. */
import { appendFileSync, chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { guideBlocks, runGuide } from '../../support/programs/guide.ts'
import { lake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { edit } from '../../support/projects/project-copy.ts'
import { sparkEnvironments } from '../../support/spark/spark.ts'

const states = (project: string) => lake(['status'], { cwd: project }).stdout

it.each([
  ...['tables/checks', 'start/testing', 'runs/operating'],
  ...['start/from-dbt', 'start/from-sql', 'start/from-sqlmesh', 'start/from-dagster'],
])('the guide %s works as written', (guide) => {
  const project = runGuide(`docs/guides/${guide}.md`)
  expect(states(project)).toMatch(/^(\d) assets: \1 fresh$/m)
})

/** The edits that the guide makes to the first asset: a check, and another key. */
function editDailyPlays(text: string, project: string): boolean {
  const file = 'assets/daily_plays.ts'
  if (text.includes('checks: [sqlCheck')) {
    edit(project, file, ['  query:', `${text}  query:`])
    edit(project, file, ['int, text }', 'int, sqlCheck, text }'])
  } else if (text.includes('formerly:')) edit(project, file, ["  key: 'daily_plays',\n", text])
  else return false
  return true
}

it('the guide your-first-asset works as written', () => {
  const project = runGuide('docs/guides/start/your-first-asset.md', { fragment: editDailyPlays })
  expect(states(project)).toContain('8 assets: 8 fresh')
})

/** The columns of the guide's two assets. The guide shows only their queries and some options. */
const PARTS = [
  "columns: { songplay_id: text(), user_id: text() }, primaryKey: ['songplay_id'],",
  'columns: { user_id: text(), plays: bigint() }, upstream: { songplays },',
]

it('the declarations of the guide one-row-and-first-rows load, and build tables', () => {
  const directory = temporaryDirectory()
  lake(['init', '--example', 'sparkify'], { cwd: directory })
  const index = join(directory, 'assets/index.ts')
  const files = guideBlocks('docs/guides/tables/one-row-and-first-rows.md').map(({ text }, at) => {
    const part = PARTS[at - 1]
    const imports =
      "import { bigint, byKey, defineAsset, text } from 'lake'\nimport { songplays } from './songplays.ts'\n"
    const declared = `export const part_${at} = defineAsset({\n key: 'part_${at}', ${part}\n${text}})\n`
    return part ? `${imports}import { totals } from './guide_0.ts'\n${declared}` : text
  })
  for (const [at, text] of files.entries()) {
    writeFiles(directory, { [`assets/guide_${at}.ts`]: text })
    appendFileSync(index, `export * from './guide_${at}.ts'\n`)
  }
  expect(lake(['materialize'], { cwd: directory })).toMatchObject({ status: 0 })
  const counts =
    'select (select plays from totals) as plays, (select count(*) from part_1) as last, (select count(*) from part_2) as users'
  expect(JSON.parse(lake(['query', counts, '--json'], { cwd: directory }).stdout)).toEqual([
    { plays: '1678', last: '1', users: '10' },
  ])
})

const [spark] = sparkEnvironments()

it.skipIf(spark === undefined)('the guide from-spark works as written, and its job gives the same rows', () => {
  const { sparkSubmit = '', conf = [], env = {} } = spark ?? {}
  const bin = temporaryDirectory()
  const words = [sparkSubmit, ...conf].map((word) => `'${word}'`).join(' ')
  writeFiles(bin, { 'spark-submit': `#!/bin/sh\nexec ${words} "$@"\n` })
  chmodSync(join(bin, 'spark-submit'), 0o755)
  runGuide('docs/guides/start/from-spark.md', { env: { ...env, PATH: `${bin}:${process.env.PATH}` } })
})
