/** Decides which versions a snapshot can have: the current ones, or those that a run left. */
import { latestCommit, oldestVersion } from '../../delta/log/log.ts'
import { LakeError } from '../../errors.ts'
import { activeClaims } from '../../run/claims/open-claims.ts'
import { knownRun, readRun } from '../../run/run-log.ts'
import type { Storage } from '../../storage/storage.ts'
import { consistentVersions, type MadeVersion, madeVersion } from './consistent-versions.ts'

/** Maximum number of times that a snapshot is begun again because a run published meanwhile. */
const MOST_ATTEMPTS = 20

/**
 * The newest versions that fit together; see `consistentVersions`. Leaves out versions of runs that
 * still work. Begins again if a run publishes meanwhile, so that all versions were the newest at
 * one moment.
 */
export async function currentVersions(lake: Storage, keys: readonly string[]): Promise<readonly MadeVersion[]> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const working = await workingRuns(lake)
    const newest = new Map<string, number | undefined>()
    const versions = await consistentVersions(lake, keys, async (key) => {
      const version = await newestVersion(lake, key)
      newest.set(key, version)
      return madeBefore(lake, key, { version, passes: ({ provenance }) => !working.has(provenance.runId) })
    })
    const now = await workingRuns(lake)
    const begun = [...now].some((runId) => !working.has(runId))
    if (!begun && (await isStill(lake, newest))) return versions
  }
  throw new LakeError('held', {
    problem: `Runs publish ${keys.join(', ')} so fast that no moment between two of them was found`,
    remedy: 'Try again, or pin what a run has left: snapshot(assets, { run }).',
  })
}

const workingRuns = async (lake: Storage): Promise<ReadonlySet<string>> =>
  new Set((await activeClaims(lake)).map(({ runId }) => runId))

async function newestVersion(lake: Storage, key: string): Promise<number | undefined> {
  return (await latestCommit(lake, key))?.version
}

async function isStill(lake: Storage, newest: ReadonlyMap<string, number | undefined>): Promise<boolean> {
  const now = await Promise.all(
    Array.from(newest, async ([key, version]) => (await newestVersion(lake, key)) === version),
  )
  return now.every((same) => same)
}

/**
 * The versions that fit together among those that existed when the run ended. `id` is as in
 * `knownRun`. Throws `usage` if the run is unknown, or has not ended.
 */
export async function versionsOfRun(
  lake: Storage,
  keys: readonly string[],
  id: string,
): Promise<readonly MadeVersion[]> {
  const runId = await knownRun(lake, id)
  const ended = (await readRun(lake, runId)).find((event) => event.type === 'run-finished')
  if (!ended) {
    throw new LakeError('usage', {
      problem: `The run ${runId} still works, or was killed: it has no end`,
      remedy: 'Name a run that has ended: `lake runs` lists them.',
    })
  }
  const left = new Map(ended.assets.map(({ key, version }) => [key, version]))
  const end = Date.parse(ended.at)
  return consistentVersions(lake, keys, async (key) => {
    const known = left.get(key)
    const version = known === undefined ? await newestVersion(lake, key) : (known ?? undefined)
    const found = await madeBefore(lake, key, { version, passes: ({ committedAt }) => committedAt.getTime() <= end })
    if (found || !keys.includes(key)) return found
    const oldest = version === undefined ? 0 : ((await oldestVersion(lake, key)) ?? 0)
    const problem =
      oldest > 0
        ? `The version of ${key} at the end of the run ${runId} is no longer in the log, which begins at version ${oldest}`
        : `The table ${key} did not exist when the run ${runId} ended`
    throw new LakeError('usage', { problem, asset: key })
  })
}

interface Allowed {
  /** The newest version to consider. undefined if there is no table. */
  readonly version: number | undefined
  readonly passes: (made: MadeVersion) => boolean
}

/** The newest version that a run made and that passes the test. */
async function madeBefore(
  lake: Storage,
  key: string,
  { version: newest = -1, passes }: Allowed,
): Promise<MadeVersion | undefined> {
  let oldest: number | undefined
  for (let version = newest; version >= (oldest ?? 0); version--) {
    const made = await madeVersion(lake, key, version)
    if (made && passes(made)) return made
    oldest ??= (await oldestVersion(lake, key)) ?? 0
  }
  return undefined
}
