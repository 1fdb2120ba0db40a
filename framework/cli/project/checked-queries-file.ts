/** Keeps in the user's cache which queries were found right, so that the next command over a large project need not read them again. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { CheckedQueries } from '../../graph/checked-queries.ts'
import { codeCacheRoot } from '../../storage/local/cache-root.ts'
import { makePrivate } from '../../storage/local/private-directory.ts'

/** To read the queries of a smaller project takes no longer than to read the file. */
const WORTH_WHILE = 200

/** Beyond, the file begins anew: what it has is mostly of queries that are no more. */
const MOST_HASHES = 200_000

const HASH = /^[0-9a-f]{32}$/

/** A file of hashes, a line each. What cannot be read or written is left aside: then queries are read. */
export class CheckedQueriesFile implements CheckedQueries {
  readonly #file: string
  readonly #known: Set<string>
  #added = 0

  private constructor(file: string) {
    this.#file = file
    this.#known = readHashes(file)
  }

  /** Undefined where the project is small, or there is no directory of this user alone to keep the file in. */
  static open(assets: number): CheckedQueriesFile | undefined {
    if (assets < WORTH_WHILE) return undefined
    try {
      makePrivate(codeCacheRoot())
    } catch {
      return undefined
    }
    // The bundle's files are named by their content, so that another build of lake checks for itself.
    return new CheckedQueriesFile(join(codeCacheRoot(), `checked-${basename(import.meta.url, '.js')}.txt`))
  }

  has(hash: string): boolean {
    return this.#known.has(hash)
  }

  add(hash: string): void {
    if (this.#known.has(hash)) return
    this.#known.add(hash)
    this.#added += 1
  }

  /** Replaces the file as a whole; of two commands at the same time one is lost, and reads once more. */
  save(): void {
    if (this.#added === 0) return
    const making = `${this.#file}.${process.pid}`
    try {
      writeFileSync(making, [...this.#known].slice(-MOST_HASHES).join('\n'), { mode: 0o600 })
      renameSync(making, this.#file)
    } catch {
      // It is only slower without.
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
