/**
 * Compares the time of increments of TPC-H with that of rebuilds of the same tables, and checks
 * which of the two lake chooses.
 */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDbEngine } from '../../../framework/engines/duckdb/duckdb-engine.ts'
import { defaultSettings } from '../../../framework/engines/duckdb/duckdb-session.ts'
import type { RunEvent } from '../../../framework/run/events.ts'
import { TestLake } from '../lakes/test-lake.ts'
import { errors } from '../lakes/test-run.ts'
import { say } from './at-scale.ts'
import { tpchData } from './data.ts'
import { QUERIES, TABLES, tpchGraph } from './project.ts'
import { TpchTables } from './reference-tables.ts'
import { SMALL_CHANGES } from './small-changes.ts'

/** How a step refreshed its table, and what it cost. */
interface Refresh {
  readonly mode: string
  readonly outcome: string
  readonly wall: number
  readonly cpu: number
}

type Refreshes = ReadonlyMap<string, Refresh>

/**
 * Makes each change three times, on copies of one lake: once all tables follow by increments, once
 * all are rebuilt, and once lake chooses. Runs one step at a time, and prints the seconds of each
 * table. Returns whether all three gave the same rows.
 */
export async function tpchIncrementsAtScale(scale: number): Promise<boolean> {
  const data = tpchData(scale)
  if (!data) return false
  const lake = new TestLake()
  const settings = defaultSettings()
  const tables = await TpchTables.open(data, lake.directory, settings, Math.max(1000, 1_000_000 * scale))
  const graph = tpchGraph()
  const run = async (
    selection: readonly string[],
    how: { readonly full?: true; readonly alwaysFollow?: true } = {},
  ) => {
    const engine = new DuckDbEngine(settings, join(lake.directory, 'spill'))
    const taken = new Map<string, Refresh>()
    const onEvent = refreshesInto(taken)
    const ran = await lake.run(graph, { ...how, selection, only: true, engine, concurrency: 1, onEvent })
    for (const { message } of errors(ran)) throw new Error(message)
    return taken
  }
  try {
    say(`TPC-H at scale ${scale}, ${settings.memoryLimit} and ${settings.threads} threads`)
    await tables.write(lake)
    await run(TABLES)
    await run(QUERIES)
    let isRight = true
    for (const { what, make } of SMALL_CHANGES) {
      await make(tables, scale)
      await tables.write(lake)
      await run(TABLES)
      const copied = copyOf(lake)
      const chosen = await run(QUERIES)
      copied.restore()
      const followed = await run(QUERIES, { alwaysFollow: true })
      const rebuilt = await run([...followed.keys()], { full: true })
      copied.remove()
      isRight = reported(what, { followed, rebuilt, chosen }) && isRight
    }
    return isRight
  } finally {
    tables.close()
    lake.close()
  }
}

/** Measures the time between the events of steps. The steps run one at a time. */
function refreshesInto(taken: Map<string, Refresh>): (event: RunEvent) => void {
  let [cpu, mode] = [process.cpuUsage(), '']
  return (event) => {
    if (event.type === 'step-started') {
      cpu = process.cpuUsage()
      mode = event.mode
    }
    if (event.type !== 'step-finished' || event.outcome === 'fresh') return
    const { user, system } = process.cpuUsage(cpu)
    const { outcome, durationMs } = event
    taken.set(event.asset, { mode, outcome, wall: durationMs / 1000, cpu: (user + system) / 1e6 })
  }
}

/** Copies the tables of the lake, so that they can be restored later. */
function copyOf({ directory }: TestLake): { restore(): void; remove(): void } {
  const [from, to] = [join(directory, 'lake'), join(directory, 'lake-before')]
  cpSync(from, to, { recursive: true, preserveTimestamps: true })
  return {
    restore: () => {
      rmSync(from, { recursive: true })
      cpSync(to, from, { recursive: true, preserveTimestamps: true })
    },
    remove: () => rmSync(to, { recursive: true }),
  }
}

interface Ways {
  readonly followed: Refreshes
  readonly rebuilt: Refreshes
  readonly chosen: Refreshes
}

/** False if a rebuild after an increment gave other rows than the increment. */
function reported(what: string, { followed, rebuilt, chosen }: Ways): boolean {
  const sum = (of: Refreshes, value: 'wall' | 'cpu') => [...of.values()].reduce((all, each) => all + each[value], 0)
  say(`\n${what}`)
  for (const [name, way] of Object.entries({ followed, rebuilt, chosen })) {
    say(`  ${name}: ${sum(way, 'wall').toFixed(2)} s, ${sum(way, 'cpu').toFixed(2)} CPU s`)
  }
  say(
    `  chosen to rebuilt: ${(sum(chosen, 'wall') / sum(rebuilt, 'wall')).toFixed(2)} of the time, ${(sum(chosen, 'cpu') / sum(rebuilt, 'cpu')).toFixed(2)} of the CPU`,
  )
  let right = 0
  for (const [query, follow] of followed) {
    const [rebuild, choice] = [rebuilt.get(query), chosen.get(query)]
    if (!rebuild || !choice) continue
    const better = follow.cpu <= rebuild.cpu ? 'follow' : 'rebuild'
    const made = choice.mode === 'full' ? 'rebuild' : 'follow'
    const regret = (made === 'follow' ? follow.cpu : rebuild.cpu) / Math.min(follow.cpu, rebuild.cpu)
    if (regret <= 1.1) right += 1
    say(
      `  ${query} follow ${follow.cpu.toFixed(3)}, rebuild ${rebuild.cpu.toFixed(3)} CPU s: ${better} is better, ${made} is chosen, ${regret.toFixed(2)} times the better`,
    )
  }
  say(`  right, or within a tenth of it: ${right} of ${followed.size}`)
  const wrong = [...rebuilt].flatMap(([query, { outcome }]) => (outcome === 'unchanged' ? [] : [query]))
  say(wrong.length === 0 ? '  every increment gave the rows of a rebuild' : `  WRONG: ${wrong.join(', ')}`)
  return wrong.length === 0
}
