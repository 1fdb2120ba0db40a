/** Caches which queries are valid, so that the next load of a project does not read them again. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { CheckedQueries } from '../../graph/known/checked-queries.ts'
import { privateCodeCache } from '../../storage/local/private-directory.ts'

/**
 * Minimum number of assets for a file. Below it, reading the queries takes no longer than reading
 * the file.
 */
const MIN_ASSETS = 200

/** A cache for one load of a project. */
interface QueryCache extends CheckedQueries {
  /** Stores what was added, for later loads. */
  save(): void
}

/**
 * The valid queries of a small project, for later loads by this process: `lake dev` loads at every
 * edit.
 */
const remembered = new Set<string>()

const inMemory: QueryCache = {
  has: (hash) => remembered.has(hash),
  add: (hash) => void remembered.add(hash),
  save: () => undefined,
}

export const checkedQueries = (assets: number): QueryCache =>
  (assets < MIN_ASSETS ? undefined : CheckedQueriesFile.open()) ?? inMemory

/**
 * Maximum number of hashes in the file. Older ones mostly belong to queries that no longer exist.
 */
const MAX_HASHES = 200_000

const HASH = /^[0-9a-f]{32}$/

/** A file of hashes, one a line. If it cannot be read or written, the queries are read instead. */
class CheckedQueriesFile implements QueryCache {
  readonly #file: string
  readonly #known: Set<string>
  #added = 0

  private constructor(file: string) {
    this.#file = file
    this.#known = readHashes(file)
  }

  /** Returns undefined if this user has no private cache directory. */
  static open(): CheckedQueriesFile | undefined {
    const directory = privateCodeCache()
    if (directory === undefined) return undefined
    // The name of the bundle contains its hash, so that another build of lake has a cache of its
    // own.
    return new CheckedQueriesFile(join(directory, `checked-${basename(import.meta.url, '.js')}.txt`))
  }

  has(hash: string): boolean {
    return this.#known.has(hash)
  }

  add(hash: string): void {
    if (this.#known.has(hash)) return
    this.#known.add(hash)
    this.#added += 1
  }

  /**
   * Replaces the file. If two commands save at the same time, the hashes of one are lost and its
   * queries are read again.
   */
  save(): void {
    if (this.#added === 0) return
    const temporary = `${this.#file}.${process.pid}`
    try {
      writeFileSync(temporary, [...this.#known].slice(-MAX_HASHES).join('\n'), { mode: 0o600 })
      renameSync(temporary, this.#file)
    } catch {
      // Without the file, the next command is only slower.
    }
  }
}

function readHashes(file: string): Set<string> {
  try {
    return new Set(
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => HASH.test(line)),
    )
  } catch {
    return new Set()
  }
}
