/** A temporary project that a test runs in its own process. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import type { Engine } from '../../../framework/engine/engine.ts'
import type { ExternalResources } from '../../../framework/engine/external-resources.ts'
import { duckdbDialect } from '../../../framework/engines/duckdb/duckdb-dialect.ts'
import { DuckDbEngine } from '../../../framework/engines/duckdb/duckdb-engine.ts'
import { type DuckDb, DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { duckdbType, identifier, identifiers, inputSql } from '../../../framework/engines/duckdb/sql.ts'
import { assetSql } from '../../../framework/engines/sql/asset-sql.ts'
import { estimatePlan } from '../../../framework/estimate/estimate-plan.ts'
import type { AttemptDefaults } from '../../../framework/execute/attempts.ts'
import { materialize } from '../../../framework/execute/materialize.ts'
import { planWanted, type Wanted } from '../../../framework/execute/planning/plan-wanted.ts'
import type { RunResult } from '../../../framework/execute/run-plan.ts'
import type { AssetGraph } from '../../../framework/graph/asset-graph.ts'
import type { ResolvedAsset } from '../../../framework/graph/resolved-asset.ts'
import type { EstimatedPlan } from '../../../framework/plan/estimate.ts'
import type { LoadedCode } from '../../../framework/publish/newer-code.ts'
import type { RunEvent } from '../../../framework/run/events.ts'
import type { OpenListener } from '../../../framework/run/listener.ts'
import { systemTiming, type Timing } from '../../../framework/run/timing.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import type { Storage } from '../../../framework/storage/storage.ts'
import { liveRows } from '../../../framework/tables/live-rows.ts'
import { writeFiles } from '../programs/lake-process.ts'

/** Selects all assets, and allows a source to lose its last file. */
const EVERYTHING: Wanted = { selection: [], full: false, only: false, allowEmpty: true, engineName: 'duckdb' }
const SETTINGS = { memoryLimit: '500MB', threads: 1 }

export type Reading = (files: Storage) => Pick<Storage, 'read'> | Pick<Storage, 'stream'>

export interface TestRun {
  readonly result: RunResult
  readonly events: readonly RunEvent[]
}

/** A lake on disk with the files of its sources, and runs over it in this process. */
export class TestLake {
  readonly directory = mkdtempSync(join(tmpdir(), 'lake-test-lake-'))
  readonly #input = join(this.directory, 'input')
  readonly lake = localStorage(join(this.directory, 'lake'))

  #written = 0

  /**
   * Writes `SOURCE/PATH`. Without lines the file is empty. Each write gets its own time in the
   * distant past, because a run reads a file again if the file was written just before the last
   * read.
   */
  write(file: string, lines: readonly object[]): void {
    this.writeText(file, lines.map((line) => JSON.stringify(line)).join('\n'))
  }

  writeText(file: string, content: string | Uint8Array): void {
    writeFiles(this.#input, { [file]: content })
    const seconds = 1_500_000_000 + this.#written++
    utimesSync(join(this.#input, file), seconds, seconds)
  }

  /** When the file was last written, in seconds. */
  timeOf(file: string): number {
    return statSync(join(this.#input, file)).mtimeMs / 1000
  }

  setTime(file: string, seconds: number): void {
    utimesSync(join(this.#input, file), seconds, seconds)
  }

  /** Moves a file from elsewhere on this disk to `SOURCE/PATH`. */
  take(file: string, from: string): void {
    const place = join(this.#input, file)
    mkdirSync(dirname(place), { recursive: true })
    renameSync(from, place)
    const seconds = 1_500_000_000 + this.#written++
    utimesSync(place, seconds, seconds)
  }

  remove(file: string): void {
    rmSync(join(this.#input, file), { force: true })
  }

  /**
   * Runs on the embedded engine unless the test gives another. `dieAfter` is the number of writes
   * to the lake after which the run dies.
   */
  async run(
    graph: AssetGraph,
    wanted: Partial<Wanted> & {
      readonly dieAfter?: number
      readonly concurrency?: number
      readonly onEvent?: (event: RunEvent) => void
      readonly engine?: Engine
      readonly loaded?: Partial<LoadedCode>
      readonly externalResources?: ExternalResources
      readonly signal?: AbortSignal
      /** How the run reads the files of a source. */
      readonly reading?: Reading
      readonly wait?: boolean
      readonly attempts?: AttemptDefaults
      readonly listen?: OpenListener
      /** Replaces the clock and the timers of the machine. */
      readonly timing?: Partial<Timing>
    } = {},
  ): Promise<TestRun> {
    const events: RunEvent[] = []
    const { dieAfter, engine, loaded, externalResources, signal, reading, concurrency, onEvent, ...own } = wanted
    const { wait, attempts, timing, listen, ...rest } = own
    const emit = (event: RunEvent) => {
      events.push(event)
      onEvent?.(event)
    }
    const lake = dieAfter === undefined ? this.lake : dyingStorage(this.lake, dieAfter)
    const result = await materialize({
      ...{
        ...EVERYTHING,
        ...(engine && { engineName: engine.name }),
        ...rest,
        graph,
        storages: this.#storages(lake, reading),
      },
      openEngine: async ({ scratch }) => engine ?? new DuckDbEngine(SETTINGS, join(scratch, 'spill')),
      scratchRoot: join(this.directory, 'scratch'),
      ...{ concurrency: concurrency ?? 2, failFast: false, signal: signal ?? new AbortController().signal },
      loaded: { loadedAt: new Date(), overwriteNewer: false, ...loaded },
      externalResources,
      listen,
      ...{ wait: wait ?? false, attempts: attempts ?? {}, timing: { ...systemTiming, ...timing }, emit },
    })
    return { result, events }
  }

  /** The plan with its estimates. */
  async plan(graph: AssetGraph, wanted: Partial<Wanted> = {}): Promise<EstimatedPlan> {
    const storages = this.#storages(this.lake)
    const policy = { ...EVERYTHING, ...wanted }
    const planned = await planWanted(graph, storages, policy)
    const engine = new DuckDbEngine(SETTINGS, join(this.directory, 'spill'))
    try {
      const { signal } = new AbortController()
      return await estimatePlan({ ...policy, graph, storages, engine: async () => engine, signal }, planned)
    } finally {
      await engine.close()
    }
  }

  /**
   * Finds the tables whose rows differ from those of their query, and describes the differences.
   * Computes the expected rows by running the queries in order over the rows of the sources; it
   * reads nothing else of the lake.
   */
  async differences(graph: AssetGraph): Promise<Readonly<Record<string, string>>> {
    const session = await DuckDbSession.open(SETTINGS, this.directory)
    try {
      return await session.withConnection(async (db) => {
        const found: Record<string, string> = {}
        for (const asset of graph.assets) {
          const difference = await this.#difference(db, graph, asset)
          if (difference !== undefined) found[asset.key] = difference
        }
        return found
      })
    } finally {
      session.close()
    }
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }

  get storages() {
    return this.#storages(this.lake)
  }

  #storages(lake: Storage, reading?: Reading) {
    return {
      lake,
      source: (key: string) => {
        mkdirSync(join(this.#input, key), { recursive: true })
        const files = localStorage(join(this.#input, key))
        return reading ? { ...files, ...reading(files) } : files
      },
    }
  }

  /** Compares one asset. Leaves the expected rows in the table `expected KEY`. */
  async #difference(db: DuckDb, graph: AssetGraph, asset: ResolvedAsset): Promise<string | undefined> {
    const snapshot = await readSnapshot(this.lake, asset.key)
    const stored = [...(snapshot?.files.values() ?? [])]
    const files = stored.map(({ path }) => this.lake.locate(`${asset.key}/${path}`))
    const rows = await liveRows(this.lake, asset.key, stored)
    const held = inputSql({ columns: asset.columns, files, ...(rows && { rows }) })
    const columns = asset.columns.map(
      ({ name, type }) => `CAST(${identifier(name)} AS ${duckdbType(type)}) AS ${identifier(name)}`,
    )
    if (asset.kind === 'source') {
      await db.run(`CREATE TEMP TABLE ${expected(asset.key)} AS SELECT ${columns} FROM ${held}`)
      return undefined
    }
    for (const { alias, key } of asset.upstream) {
      const names = graph.get(key).columns.map(({ name }) => name)
      await db.run(
        `CREATE OR REPLACE TEMP VIEW ${identifier(alias)} AS SELECT ${identifiers(names)} FROM ${expected(key)}`,
      )
    }
    await db.run(`CREATE TEMP TABLE ${expected(asset.key)} AS ${assetSql(asset, duckdbDialect)}`)
    const sides = [`FROM ${expected(asset.key)}`, `SELECT ${columns} FROM ${held}`]
    const [missing, extra] = await Promise.all([
      rowsOf(db, `${sides[0]} EXCEPT ALL ${sides[1]}`),
      rowsOf(db, `${sides[1]} EXCEPT ALL ${sides[0]}`),
    ])
    return missing.length + extra.length === 0 ? undefined : `missing ${missing.join(' ')}; extra ${extra.join(' ')}`
  }
}

const expected = (key: string): string => identifier(`expected ${key}`)

async function rowsOf(db: DuckDb, sql: string): Promise<readonly string[]> {
  const rows = (await db.connection.runAndReadAll(sql)).getRows()
  return rows.map((row) => `(${row.join(', ')})`).sort()
}

/**
 * Allows this number of writes. After them every write fails, as if the process had been killed.
 * Only claims can still be released.
 */
function dyingStorage(storage: Storage, writes: number): Storage {
  let left = writes
  const write =
    <Args extends [string, ...never[]], Result>(work: (...args: Args) => Promise<Result>, pathAt: 0 | 1) =>
    async (...args: Args): Promise<Result> => {
      if (!String(args[pathAt]).startsWith('_lake/claims/')) {
        if (left <= 0) throw new Error('killed')
        left -= 1
      }
      return work(...args)
    }
  return new Proxy(storage, {
    get(target, name: keyof Storage) {
      if (name === 'put' || name === 'putIfAbsent' || name === 'delete')
        return write(target[name].bind(target) as never, 0)
      if (name === 'putLocalFile') return write(target.putLocalFile.bind(target) as never, 1)
      const value = target[name]
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
