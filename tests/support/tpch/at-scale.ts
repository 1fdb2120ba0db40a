/**
 * Runs TPC-H at a given scale. Prints how long each table takes in a full refresh and by
 * increments, and whether its rows are right.
 */
import { join } from 'node:path'
import type { Engine } from '../../../framework/engine/engine.ts'
import { DuckDbEngine } from '../../../framework/engines/duckdb/duckdb-engine.ts'
import { defaultSettings } from '../../../framework/engines/duckdb/duckdb-session.ts'
import type { AssetGraph } from '../../../framework/graph/asset-graph.ts'
import { TestLake, type TestRun } from '../lakes/test-lake.ts'
import { errors, modes } from '../lakes/test-run.ts'
import { answersOf } from './answers.ts'
import { CHANGES } from './changes.ts'
import { tpchData } from './data.ts'
import { withColumnsOf } from './plain-rows.ts'
import { QUERIES, TABLES, tpchGraph } from './project.ts'
import { TpchTables } from './reference-tables.ts'

/**
 * Prints its progress, and returns whether all rows were right. `spark` runs the queries instead of
 * the embedded engine. The embedded engine reads the source tables in either case. The lake is
 * deleted at the end.
 */
export async function tpchAtScale(scale: number, spark?: Engine): Promise<boolean> {
  const data = tpchData(scale)
  if (!data) return false
  const lake = new TestLake()
  const settings = defaultSettings()
  const tables = await TpchTables.open(data, lake.directory, settings)
  const graph = tpchGraph()
  const embedded = () => new DuckDbEngine(settings, join(lake.directory, 'spill'))
  const run = (selection: readonly string[], engine: Engine): Promise<TestRun> => lake.run(graph, { selection, engine })
  const step = async (what: string): Promise<boolean> => {
    say(`\n${what}`)
    await tables.write(lake)
    const [ingested, built] = [await run(TABLES, embedded()), await run(QUERIES, spark ?? embedded())]
    say(`  tables read in ${secondsOf(ingested)}, queries: ${secondsOf(built)}`)
    for (const line of queryLines(built)) say(`  ${line}`)
    const failed = [...errors(ingested), ...errors(built)]
    for (const { message } of failed) say(`  ${message}`)
    const wrong = await wrongQueries(lake, graph, tables)
    say(wrong.length === 0 ? '  all 22 are right' : `  WRONG: ${wrong.join(', ')}`)
    return failed.length + wrong.length === 0
  }
  try {
    say(`TPC-H at scale ${scale}, ${settings.memoryLimit} and ${settings.threads} threads`)
    let isRight = await step('all tables as they are made')
    for (const { what, make } of CHANGES) {
      await make(tables)
      isRight = (await step(what)) && isRight
    }
    return isRight
  } finally {
    tables.close()
    lake.close()
  }
}

export const say = (line: string) => process.stdout.write(`${line}\n`)

/** A text such as `q01 keys 0.12 s`. */
function queryLines(run: TestRun): readonly string[] {
  const mode = modes(run)
  return run.events
    .flatMap((event) =>
      event.type === 'step-finished' && event.outcome !== 'fresh'
        ? [`${event.asset} ${mode[event.asset] ?? ''} ${(event.durationMs / 1000).toFixed(2)} s, ${event.outcome}`]
        : [],
    )
    .toSorted()
}

function secondsOf({ events }: TestRun): string {
  const times = events.map(({ at }) => new Date(at).getTime())
  return times.length === 0 ? 'no time' : `${((Math.max(...times) - Math.min(...times)) / 1000).toFixed(1)} s`
}

async function wrongQueries(lake: TestLake, graph: AssetGraph, tables: TpchTables): Promise<readonly string[]> {
  const answers = await answersOf(lake, graph)
  const wrong: string[] = []
  for (const query of QUERIES) {
    const answer = await tables.answer(query)
    const difference = firstDifference(answer, withColumnsOf(answer, answers[query]))
    if (difference !== undefined) wrong.push(`${query} (${difference})`)
  }
  return wrong
}

/** Names the first row that differs. */
function firstDifference(right: readonly unknown[], found: readonly unknown[]): string | undefined {
  const [wanted, given] = [right, found].map((rows) => rows.map((row) => JSON.stringify(row)))
  const at = Math.max(wanted?.length ?? 0, given?.length ?? 0)
  const place = Array.from({ length: at }, (_, index) => index).find((index) => wanted?.[index] !== given?.[index])
  return place === undefined ? undefined : `row ${place}: ${wanted?.[place]} for ${given?.[place]}`
}
