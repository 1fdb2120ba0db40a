/** Builds assets on each engine from rows that a test gives. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBValue } from '@duckdb/node-api'
import { onTestFinished } from 'vitest'
import type { Asset } from '../../../framework/declare/definition.ts'
import type { BuildResult } from '../../../framework/engine/build-request.ts'
import type { InputTable, WrittenFile } from '../../../framework/engine/data-file.ts'
import type { Engine, LocalEngine } from '../../../framework/engine/engine.ts'
import { ExactDigits, type PlainValue } from '../../../framework/engine/json-value.ts'
import { DuckDbEngine } from '../../../framework/engines/duckdb/duckdb-engine.ts'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { plainValue } from '../../../framework/engines/duckdb/queries/json-value.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import type { ResolvedAsset } from '../../../framework/graph/resolved-asset.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { PackedFiles } from '../../../framework/storage/packed-files.ts'
import { sparkEnvironments } from '../spark/spark.ts'
import { sharedSpark } from '../spark/spark-engine.ts'

interface Named<Opened extends Engine> {
  readonly name: string
  readonly open: (temporary: string) => Opened
}

export const LOCAL_ENGINES: readonly Named<LocalEngine>[] = [
  { name: 'duckdb', open: (temporary) => new DuckDbEngine({ memoryLimit: '500MB', threads: 2 }, temporary) },
]

/**
 * The engines that have to fulfil the contract. Those on Spark are closed at the end of the test
 * file.
 */
export const contractEngines = (): readonly Named<Engine>[] => [
  ...LOCAL_ENGINES,
  ...sparkEnvironments().map((spark) => ({ name: `spark ${spark.version}`, open: sharedSpark(spark) })),
]

export type PlainRow = Readonly<Record<string, PlainValue | bigint>>

/** An engine with a temporary directory, for tests that ingest lines and compare rows. */
export interface EngineBench<Opened extends Engine = Engine> {
  readonly engine: Opened
  directory(): string
  /**
   * Ingests the lines as the file `lines.json` of the first asset, a source, and builds the asset
   * `key` from them. The same lines of the same source are ingested only once.
   */
  build(assets: readonly Asset[], key: string, lines: readonly object[]): Promise<BuildResult>
  rows(files: readonly WrittenFile[], order: string): Promise<readonly PlainRow[]>
}

/**
 * A bench for one test. If `afterAll` is given as `atEnd`, it is for all tests of a file or a
 * `describe`.
 */
export function engineBench<Opened extends Engine>(
  open: (temporary: string) => Opened,
  atEnd: (close: () => Promise<void>) => void = onTestFinished,
): EngineBench<Opened> {
  const root = mkdtempSync(join(tmpdir(), 'lake-engine-'))
  const engine = open(join(root, 'spill'))
  atEnd(async () => {
    await engine.close()
    rmSync(root, { recursive: true, force: true })
  })
  let made = 0
  const directory = () => {
    const path = join(root, String(made++))
    mkdirSync(path)
    return path
  }
  const ingested = new Map<string, Promise<InputTable>>()
  const ingestOnce = (source: ResolvedSource, lines: readonly object[]): Promise<InputTable> => {
    const text = lines.map(lineOf).join('\n')
    const key = JSON.stringify([source.key, source.columns, text])
    const input = ingested.get(key) ?? ingest(engine, source, { text, root: directory(), directory: directory() })
    ingested.set(key, input)
    return input
  }
  const build = async (declared: readonly Asset[], key: string, lines: readonly object[]) => {
    const assets = resolveAll(declared)
    const source = assets.get(declared[0]?.key ?? '')
    const asset = assets.get(key)
    if (source?.kind !== 'source' || asset?.kind !== 'table') throw new Error('give a source and a table')
    const input = await ingestOnce(source, lines)
    const inputs = new Map(asset.upstream.map(({ alias }) => [alias, input]))
    const referenced = new Map(asset.references.map((reference) => [reference.asset, input]))
    const { signal } = new AbortController()
    return engine.build({ asset, inputs, inputRows: lines.length, referenced, directory: directory(), signal })
  }
  return { engine, directory, build, rows: (files, order) => readRows(directory(), files, order) }
}

export function resolveAll(declared: readonly Asset[]): ReadonlyMap<string, ResolvedAsset> {
  const built = buildGraph(declared)
  if (built.kind === 'problems') throw new Error(JSON.stringify(built.problems))
  return new Map(built.graph.assets.map((asset) => [asset.key, asset]))
}

type ResolvedSource = Extract<ResolvedAsset, { kind: 'source' }>

interface Lines {
  readonly text: string
  readonly root: string
  readonly directory: string
}

async function ingest(engine: Engine, source: ResolvedSource, { text, root, directory }: Lines): Promise<InputTable> {
  writeFileSync(join(root, 'lines.json'), text)
  const storage = localStorage(root)
  const files = await storage.list('')
  const result = await engine.ingest({
    source,
    storage,
    table: undefined,
    files,
    listed: PackedFiles.of(files),
    rewritten: { columns: source.columns, files: [] },
    replacedPaths: [],
    directory,
    signal: new AbortController().signal,
    progress: () => undefined,
  })
  if (result.rejects.length > 0) throw new Error(JSON.stringify(result.rejects))
  return { columns: source.columns, files: result.files.map(({ location }) => location) }
}

const NEGATIVE_ZERO = 'negative zero'

/** Distinguishes zeros by their sign, which JSON.stringify loses. */
const lineOf = (line: object): string =>
  JSON.stringify(line, (_, value) => (Object.is(value, -0) ? NEGATIVE_ZERO : value)).replaceAll(
    `"${NEGATIVE_ZERO}"`,
    '-0.0',
  )

/** A value in the form that tests compare: a bigint as itself, a decimal as its digits. */
function seen(value: DuckDBValue): PlainValue | bigint {
  if (typeof value === 'bigint') return value
  const plain = plainValue(value)
  return plain instanceof ExactDigits ? plain.digits : plain
}

async function readRows(temporary: string, files: readonly WrittenFile[], order: string): Promise<readonly PlainRow[]> {
  if (files.length === 0) return []
  const session = await DuckDbSession.open({ memoryLimit: '500MB', threads: 2 }, temporary)
  try {
    const paths = files.map(({ location }) => `'${location}'`).join(', ')
    return await session.withConnection(async (db) => {
      const rows = await db.rows(`SELECT * FROM read_parquet([${paths}], hive_partitioning = false) ORDER BY ${order}`)
      return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, seen(value)])))
    })
  } finally {
    session.close()
  }
}
