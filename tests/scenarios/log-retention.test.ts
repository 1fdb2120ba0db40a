// `lake vacuum` shortens the logs of tables: what is left of them reads as before, and what is gone
// is named.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lake, preloaded, sharedDirectory, temporaryDirectory, writeFiles } from '../support/lake-process.ts'
import { python, runPython } from '../support/python.ts'
import { document, outcomes } from '../support/run-events.ts'
import { graphOf, TestLake } from '../support/test-lake.ts'

/** Versions 0 to this one, each by a run of its own. */
const NEWEST = 24

const ASSETS = `
import { bigint, defineAsset, defineSource, rowCountLikeBefore, text } from 'lake'
export const lines = defineSource({ key: 'lines', columns: { name: text(), amount: bigint() } })
const sums = (key, most, checks) => defineAsset({
  key, columns: { name: text(), total: bigint() }, primaryKey: ['name'], upstream: { lines }, checks,
  query: ({ db }) => db.selectFrom('lines').where('amount', '<', most).groupBy('name')
    .select(({ fn }) => ['name', fn.sum('amount').as('total')]),
})
/** Its inputs never change, so it stays at its first version. */
export const early = sums('early', 1, [])
export const totals = sums('totals', 1000000, [])
`
const config = (settings: string) => `
import { defineConfig } from 'lake'
import { early, lines, totals } from '../assets.ts'
export default defineConfig({
  assets: [lines, early, totals], profiles: { default: { lake: 'lake', input: 'input' } }, ${settings}
})
`

const built = sharedDirectory()
let directory = ''
const at = (...args: string[]) => lake(args, { cwd: directory })
const json = (...args: string[]) => document(at(...args, '--json'))
const inLog = (key: string) => readdirSync(join(directory, 'lake', key, '_delta_log')).toSorted()
const commits = (key: string) => inLog(key).flatMap((name) => (name.endsWith('.json') ? Number(name.slice(0, 20)) : []))
const rowsAt = (version: number) => at('query', 'from totals order by name', '--format', 'csv', '--at', `totals=${version}`)
