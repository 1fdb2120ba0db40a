/** Finds versions of several tables that fit together, by their provenance. */
import { findCommitFile, oldestVersion } from '../../delta/log/log.ts'
import { LakeError } from '../../errors.ts'
import { compareContent } from '../../observe/fingerprint.ts'
import { unreadableCommit } from '../../observe/observe.ts'
import { type InputVersion, type Provenance, parseProvenance } from '../../observe/provenance.ts'
import type { Storage } from '../../storage/storage.ts'
import { notBuilt } from '../../tables/table-version.ts'

/** A version of a table that a run made. */
export interface MadeVersion {
  readonly key: string
  readonly version: number
  readonly committedAt: Date
  readonly provenance: Provenance
}

/** The newest version of a table that can be chosen; undefined if the lake has no such table. */
export type NewestAllowed = (key: string) => Promise<MadeVersion | undefined>

/** Maximum number of versions to consider. */
const MOST_VERSIONS = 10_000

/**
 * The newest versions of these tables that fit together: each was made from the rows that the
 * chosen version of its upstream has, as far as its query reads them. The same is true of all
 * tables further upstream. Such versions exist even while a run works, or after a failed run: the
 * tables that it had published are then at their earlier versions.
 *
 * Throws `usage` if no such versions exist.
 */
export async function consistentVersions(
  lake: Storage,
  keys: readonly string[],
  newest: NewestAllowed,
): Promise<readonly MadeVersion[]> {
  const chosen = new ChosenVersions(lake, newest)
  for (const key of keys) if (!(await chosen.get(key))) throw notBuilt(key)
  while (await chosen.settleOne()) {}
  return keys.flatMap((key) => chosen.of(key) ?? [])
}

/**
 * Choices of versions, which only get older. Each is lowered only if it cannot fit with the other
 * choices or with any older versions. So the versions that are left in the end are the newest that
 * fit.
 */
class ChosenVersions {
  readonly #lake: Storage
  readonly #newest: NewestAllowed
  /** undefined: the lake has no such table. */
  readonly #chosen = new Map<string, MadeVersion | undefined>()
  #looked = 0

  constructor(lake: Storage, newest: NewestAllowed) {
    this.#lake = lake
    this.#newest = newest
  }

  /** The choice so far. */
  of(key: string): MadeVersion | undefined {
    return this.#chosen.get(key)
  }

  /** The same. If the table has not been considered yet, the newest version that is allowed. */
  async get(key: string): Promise<MadeVersion | undefined> {
    if (!this.#chosen.has(key)) this.#chosen.set(key, await this.#newest(key))
    return this.#chosen.get(key)
  }

  /** Lowers one choice that does not fit, or returns false if all of them fit. */
  async settleOne(): Promise<boolean> {
    const gone = new Map<string, InputVersion>()
    for (const table of this.#chosen.values()) {
      for (const [key, input] of Object.entries(table?.provenance.inputs ?? {})) {
        const upstream = await this.get(key)
        if (table && upstream && !isOf(input, upstream)) {
          await this.#lower(table, upstream, input)
          return true
        }
        if (table && !upstream) refuseApart(table, key, { input, other: gone.get(key) })
        if (!upstream) gone.set(key, input)
      }
    }
    return false
  }

  /**
   * Lowers the upstream to the rows from which the table was made. If that is not possible, lowers
   * the table.
   */
  async #lower(table: MadeVersion, upstream: MadeVersion, input: InputVersion): Promise<void> {
    for (let version = upstream.version - 1; version >= input.version; version--) {
      const earlier = await this.#madeVersion(upstream.key, version)
      if (!earlier || !isOf(input, earlier)) continue
      this.#chosen.set(upstream.key, earlier)
      return
    }
    const oldest = await oldestVersion(this.#lake, table.key)
    for (let version = table.version - 1; version >= (oldest ?? 0); version--) {
      const earlier = await this.#madeVersion(table.key, version)
      if (!earlier) continue
      this.#chosen.set(table.key, earlier)
      return
    }
    throw new LakeError('usage', {
      problem: `No version of ${table.key} fits version ${upstream.version} of ${upstream.key}, or an earlier one`,
      remedy: `Run \`lake materialize ${table.key}\`.`,
      asset: table.key,
    })
  }

  async #madeVersion(key: string, version: number): Promise<MadeVersion | undefined> {
    this.#looked++
    if (this.#looked <= MOST_VERSIONS) return madeVersion(this.#lake, key, version)
    throw new LakeError('usage', {
      problem: `No versions that fit together are among the ${MOST_VERSIONS} that were looked at; the last was of ${key}`,
      remedy: 'Run `lake materialize`, so that the newest versions fit together.',
    })
  }
}

/** Whether the upstream's version has the rows of the input, as far as they were read. */
function isOf(input: InputVersion, { version, committedAt, provenance }: MadeVersion): boolean {
  const columns = Object.keys(input.content.columns)
  if (compareContent(input.content, provenance.content, columns).kind === 'none') return true
  // Fingerprints of different engines cannot be compared. Version numbers can, unless the table was
  // deleted and built again.
  const isSameTime = input.committedAt === undefined || input.committedAt === committedAt.toISOString()
  return input.content.algorithm !== provenance.content.algorithm && input.version === version && isSameTime
}

/**
 * Two tables were made from an upstream that no longer exists, so it is unknown whether its rows
 * differed.
 */
function refuseApart(
  { key: table }: MadeVersion,
  key: string,
  { input, other }: { readonly input: InputVersion; readonly other: InputVersion | undefined },
): void {
  if (!other || compareContent(input.content, other.content, sharedColumns(input, other)).kind === 'none') return
  throw new LakeError('usage', {
    problem: `${table} and another table were made from different versions of ${key}, which the lake no longer has`,
    remedy: `Run \`lake materialize ${table}\`.`,
    asset: table,
  })
}

const sharedColumns = (left: InputVersion, right: InputVersion): readonly string[] =>
  Object.keys(left.content.columns).filter((name) => right.content.columns[name] !== undefined)

/**
 * The record of a version by its run; undefined if the version no longer exists or no run made it.
 * Throws `corrupt-table` if the record is damaged.
 */
export async function madeVersion(lake: Storage, key: string, version: number): Promise<MadeVersion | undefined> {
  const commit = await findCommitFile({ storage: lake, table: key }, version)
  if (!commit) return undefined
  const stored = parseProvenance(commit.commitInfo.lake)
  if (stored.kind === 'foreign') return undefined
  if (stored.kind !== 'read') throw unreadableCommit(lake, { key, version }, stored)
  return { key, version, committedAt: new Date(commit.commitInfo.timestamp), provenance: stored.provenance }
}
