import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestLake } from '../support/test-lake.ts'
import { errors, modes, outcomes, warnings } from '../support/test-run.ts'
import { answersOf } from '../support/tpch/answers.ts'
import { CHANGES } from '../support/tpch/changes.ts'
import { tpchData } from '../support/tpch/data.ts'
import { printedRows, withColumnsOf } from '../support/tpch/plain-rows.ts'
import { QUERIES, tpchGraph } from '../support/tpch/project.ts'
import { TpchTables } from '../support/tpch/reference-tables.ts'

const SCALE = 0.01
const SETTINGS = { memoryLimit: '500MB', threads: 2 }

const data = tpchData(SCALE)

describe.skipIf(!data)('the 22 queries of TPC-H', () => {
  const graph = tpchGraph()
  const directory = mkdtempSync(join(tmpdir(), 'lake-tpch-'))
  const lake = new TestLake()
  let tables: TpchTables
  beforeAll(async () => {
    if (data) tables = await TpchTables.open(data, directory, SETTINGS)
  })
  afterAll(() => {
    tables.close()
    lake.close()
    rmSync(directory, { recursive: true, force: true })
  })

  it('give DuckDB’s own answers', async () => {
    await tables.write(lake)
    expect(errors(await lake.run(graph))).toEqual([])
    await holdsAnswers()
    const answers = await answersOf(lake, graph)
    for (const query of QUERIES) {
      const printed = printedRows(data?.answers[query] ?? '', answers[query]?.[0])
      expect({ query, rows: withColumnsOf(printed, answers[query]) }).toEqual({ query, rows: printed })
    }
  })

  it.each(CHANGES)('follow $what', async ({ make }) => {
    await make(tables)
    await tables.write(lake)
    const run = await lake.run(graph)
    expect(errors(run)).toEqual([])
    await holdsAnswers()
    expect(await lake.differences(graph)).toEqual({})
    console.log(modes(run), outcomes(run), warnings(run))
  })

  async function holdsAnswers() {
    const answers = await answersOf(lake, graph)
    for (const query of QUERIES) {
      const expected = await tables.answer(query)
      expect({ query, rows: withColumnsOf(expected, answers[query]) }).toEqual({ query, rows: expected })
    }
  }
})
