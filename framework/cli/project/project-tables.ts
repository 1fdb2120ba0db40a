/** Finds the tables that a query names, and explains why a query over them failed. */
import { closest, distance } from 'fastest-levenshtein'
import { readSnapshot } from '../../delta/snapshot.ts'
import { DamagedFile } from '../../engine/damaged-file.ts'
import type { InputTable } from '../../engine/data-file.ts'
import type { LakeTables } from '../../engines/duckdb/queries/lake-query.ts'
import { isCorruptTable, LakeError } from '../../errors.ts'
import type { Storage } from '../../storage/storage.ts'
import { damagedError, lostFilesError, type ReadFiles } from '../../tables/lost-files.ts'
import { notBuilt, tableOf, unreadableVersion } from '../../tables/table-version.ts'
import type { Project } from './project.ts'

/** The versions of tables that a query reads. By default, the newest. */
export interface QueriedVersions {
  /** Key -> version. */
  readonly given: ReadonlyMap<string, number>
  /** The run whose versions all other tables have; undefined for the newest versions. */
  readonly run: string | undefined
}

/**
 * The tables of a project at their newest or given versions. Case does not matter in their names.
 */
export class ProjectTables implements LakeTables {
  readonly #lake: Storage
  readonly #keys: ReadonlyMap<string, string>
  readonly #versions: Map<string, number>
  readonly #run: string | undefined
  readonly #opened = new Map<string, ReadFiles>()
  readonly #unknownNames: string[] = []
  readonly #unreadable = new Map<string, LakeError>()

  constructor({ graph, storages }: Project, { given, run }: QueriedVersions) {
    this.#lake = storages.lake
    this.#keys = new Map(graph.assets.map(({ key }) => [key.toLowerCase(), key]))
    this.#versions = new Map(given)
    this.#run = run
  }

  async choose(names: readonly string[]): Promise<void> {
    if (this.#run === undefined) return
    const { versionsOfRun } = await import('../../read/versions/allowed-versions.ts')
    const keys = names.flatMap((name) => this.#keys.get(name.toLowerCase()) ?? [])
    const others = keys.filter((key) => !this.#versions.has(key))
    for (const { key, version } of await versionsOfRun(this.#lake, others, this.#run)) this.#versions.set(key, version)
  }

  async find(name: string): Promise<InputTable | undefined> {
    const key = this.#keys.get(name.toLowerCase())
    if (key === undefined) {
      this.#unknownNames.push(name)
      return undefined
    }
    const snapshot = await readSnapshot(this.#lake, key, this.#versions.get(key))
    if (!snapshot) throw notBuilt(key)
    this.#opened.set(key, { version: snapshot.version, files: [...snapshot.files.values()] })
    const table = await tableOf(this.#lake, key, snapshot)
    return { ...table, files: table.files.map(this.#lake.copies.pathOf) }
  }

  async names(): Promise<readonly string[]> {
    const readable = await Promise.all(
      [...this.#keys.values()].map(async (key) => ((await this.#isReadable(key)) ? [key] : [])),
    )
    return readable.flat()
  }

  /** Returns false for a table that cannot be read, so that queries of other tables still run. */
  async #isReadable(key: string): Promise<boolean> {
    try {
      return (await readSnapshot(this.#lake, key, this.#versions.get(key))) !== undefined
    } catch (error) {
      if (!isCorruptTable(error)) throw error
      this.#unreadable.set(key, error)
      return false
    }
  }

  /**
   * Throws a better error if the cause is a vacuumed file, a lost file or a misspelt table; else
   * throws `error`.
   */
  async explain(error: unknown): Promise<never> {
    for (const [key, version] of this.#versions) {
      const vacuumed = await unreadableVersion(this.#lake, key, { version, files: this.#opened.get(key)?.files ?? [] })
      if (vacuumed) throw vacuumed
    }
    const lost = await lostFilesError(this.#lake, this.#opened, { error })
    if (lost) throw lost
    if (error instanceof DamagedFile) throw this.#damaged(error)
    if (!(error instanceof LakeError)) throw error
    for (const [key, problem] of this.#unreadable) if (error.message.includes(key)) throw problem
    const missing = this.#unknownNames.filter((name) =>
      error.message.includes(`Table with name ${name} does not exist`),
    )
    if (missing.length === 0) throw error
    // DuckDB suggests its own tables, so its suggestion is replaced.
    const problem = error.problem.replace(/\s*Did you mean "[^"]*"\?/, '').trimEnd()
    throw error.with({ problem: [problem, ...missing.map((name) => this.#suggestion(name))].join('\n') })
  }

  #damaged({ damaged, cause }: DamagedFile): unknown {
    const file = this.#lake.copies.locationOf(damaged.file)
    for (const [key, { version, files }] of this.#opened) {
      const contains = files.some(({ path }) => this.#lake.locate(`${key}/${path}`) === file)
      if (contains) return damagedError({ key, version }, { ...damaged, file }, cause)
    }
    return cause
  }

  #suggestion(name: string): string {
    const key = closest(name.toLowerCase(), [...this.#keys.keys()])
    const isNear = distance(name.toLowerCase(), key) <= 2
    const all = [...this.#keys.values()]
    const known = all.length <= 12 ? `it has ${all.join(', ')}` : '`lake status` lists them'
    return `${name} is not a table of this lake; ${isNear ? `did you mean ${this.#keys.get(key)}?` : known}`
  }
}
