/** Decides which versions of a table a vacuum keeps, and which files none of them needs. */
import type { Lifetime, TableLifetimes } from '../../delta/lifetimes.ts'
import type { LatestCommit } from '../../delta/log/log.ts'

/** Why versions of a table are kept. */
interface Retention {
  /** Versions that were the newest at this time or later are kept. Milliseconds since the epoch. */
  readonly since: number
  /** Version -> the assets whose newest version was made from it. */
  readonly inputs: ReadonlyMap<number, readonly string[]>
}

/** Consecutive versions that are kept for the same reason. Both ends are inclusive. */
export interface KeptVersions {
  readonly from: number
  readonly to: number
  readonly why: string
}

/** Returns the kept versions, oldest first, each once. The newest version is always kept. */
export function keptVersions(versions: TableLifetimes['versions'], retention: Retention): readonly KeptVersions[] {
  const kept: KeptVersions[] = []
  for (const [index, commit] of versions.entries()) {
    const { version } = commit
    const why = reasonToKeep(commit, versions[index + 1], retention)
    if (why === undefined) continue
    const last = kept.at(-1)
    if (last?.why === why && last.to === version - 1) kept.splice(-1, 1, { ...last, to: version })
    else kept.push({ from: version, to: version, why })
  }
  return kept
}

/**
 * A version is kept by the time at which it stopped being the newest, not by the time of its
 * commit: until then a reader can have started to read it. The time of its own commit counts too,
 * in case the next writer's clock was slow.
 */
function reasonToKeep(
  { version, timestamp }: LatestCommit,
  next: LatestCommit | undefined,
  { since, inputs }: Retention,
): string | undefined {
  if (!next) return 'the newest'
  const readers = inputs.get(version) ?? []
  if (readers.length > 0) return `what ${readers.join(', ')} was made from`
  return Math.max(timestamp, next.timestamp) >= since ? 'the newest within the retention' : undefined
}

/**
 * Maps the path of each file that no kept version has to a description of the versions that had it.
 */
export function unneededFiles(
  files: TableLifetimes['files'],
  kept: readonly KeptVersions[],
): ReadonlyMap<string, string> {
  const isNeeded = ({ from, until = Number.POSITIVE_INFINITY }: Lifetime) =>
    kept.some((versions) => from <= versions.to && versions.from < until)
  const needed = new Set(files.filter(isNeeded).map(({ path }) => path))
  return new Map(
    files.flatMap(({ path, from, until = from + 1 }) =>
      needed.has(path) ? [] : [[path, describeVersions(from, until - 1)] as const],
    ),
  )
}

function describeVersions(from: number, to: number): string {
  return from === to ? `only in version ${from}` : `only in the versions ${from} to ${to}`
}
