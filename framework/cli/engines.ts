/** Opens engines for commands: the profile's engine for runs, the embedded one for reading. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { Profile } from '../declare/project.ts'
import type { Engine, LocalEngine } from '../engine/engine.ts'
import type { EngineRun, ExternalResources } from '../engine/external-resources.ts'
import type { DuckDbSession, DuckDbSettings } from '../engines/duckdb/duckdb-session.ts'
import { LakeError } from '../errors.ts'
import { isBehindLink } from '../storage/inner-path.ts'
import { isLocal } from '../storage/is-local.ts'
import { makePrivate } from '../storage/local/private-directory.ts'
import type { LocalCopies, Storage } from '../storage/storage.ts'
import type { Project } from './project/project.ts'

const SCRATCH = '_lake/scratch'

/**
 * Returns the directory for unfinished files: inside a local lake, so that finished files are moved
 * and not copied; else a directory that only this user can write. Throws `storage` if another user
 * made it, or if it is behind a link.
 */
export function scratchRoot(lake: Storage): string {
  if (isLocal(lake)) {
    if (!isBehindLink(lake.uri, SCRATCH)) return lake.locate(SCRATCH)
    throw new LakeError('storage', {
      problem: `${lake.locate(SCRATCH)} is behind a link, and lake deletes old files there`,
      remedy: 'Replace the link with a directory.',
    })
  }
  const directory = join(tmpdir(), `lake-scratch-${process.getuid?.() ?? userInfo().username}`)
  makePrivate(directory)
  return directory
}

/**
 * Opens the profile's engine. Only this function imports it, so that commands without a run do not
 * wait for it.
 */
export async function openEngine(project: Project, run: EngineRun): Promise<Engine> {
  const { profile, storages } = project
  const { engine = { kind: 'duckdb' } } = profile
  const withEmbedded = { ...run, embedded: () => openLocalEngine(project, run.scratch) }
  switch (engine.kind) {
    case 'duckdb':
      return openLocalEngine(project, run.scratch)
    case 'spark': {
      const { openSparkEngine } = await import('../engines/spark/open-spark.ts')
      return openSparkEngine(engine, storages.lake, withEmbedded)
    }
    case 'emr': {
      const { openEmrEngine } = await import('../engines/spark/emr/open-emr.ts')
      return openEmrEngine(engine, storages.lake, withEmbedded)
    }
  }
}

/** The name that the profile's engine has in plans, events and provenance. */
export const engineName = ({ profile }: Project): Engine['name'] =>
  (profile.engine?.kind ?? 'duckdb') === 'duckdb' ? 'duckdb' : 'spark'

/** Finds clusters that killed runs left running. undefined if the engine starts no clusters. */
export async function openExternalResources({ profile, storages }: Project): Promise<ExternalResources | undefined> {
  if (profile.engine?.kind !== 'emr' || isLocal(storages.lake)) return undefined
  const { clusterReaper } = await import('../engines/spark/emr/clusters/cluster-reaper.ts')
  return clusterReaper(profile.engine, storages.lake)
}

/** Opens the embedded engine. It reads tables that any engine has written. */
export async function openLocalEngine({ profile, storages }: Project, scratch: string): Promise<LocalEngine> {
  const { DuckDbEngine } = await import('../engines/duckdb/duckdb-engine.ts')
  const copies = copiesOf(storages.lake)
  const engine = new DuckDbEngine(await duckdbSettings(profile), join(scratch, 'spill'), copies)
  if (!copies) return engine
  const { overCopies } = await import('../engines/duckdb/engine-over-copies.ts')
  return overCopies(engine, copies)
}

/** undefined for a lake on this machine: its files are read in place. */
function copiesOf(lake: Storage): LocalCopies | undefined {
  return isLocal(lake) ? undefined : lake.copies
}

/**
 * Lends an engine to work that publishes nothing. Opens it on first use, and closes it afterwards.
 */
export async function withEngine<Result>(
  project: Project,
  work: (engine: () => Promise<LocalEngine>) => Promise<Result>,
): Promise<Result> {
  const scratch = await mkdtemp(join(tmpdir(), 'lake-engine-'))
  let opened: Promise<LocalEngine> | undefined
  try {
    return await work(() => {
      opened ??= openLocalEngine(project, scratch)
      return opened
    })
  } finally {
    await (await opened)?.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Lends a DuckDB session for queries. Any engine can have written the tables. */
export async function withSession<Result>(
  project: Project,
  work: (session: DuckDbSession) => Promise<Result>,
): Promise<Result> {
  return withLazySession(project, async (session) => work(await session()))
}

/** Does the same as `withSession`, but opens the session on first use. */
export async function withLazySession<Result>(
  { profile, storages }: Project,
  work: (session: () => Promise<DuckDbSession>) => Promise<Result>,
): Promise<Result> {
  const temporary = await mkdtemp(join(tmpdir(), 'lake-query-'))
  let opened: Promise<DuckDbSession> | undefined
  const open = async () => {
    const { DuckDbSession } = await import('../engines/duckdb/duckdb-session.ts')
    return DuckDbSession.open(await duckdbSettings(profile), temporary, copiesOf(storages.lake))
  }
  try {
    return await work(() => {
      opened ??= open()
      return opened
    })
  } finally {
    const session = await opened?.catch(() => undefined)
    session?.close()
    await rm(temporary, { recursive: true, force: true })
  }
}

async function duckdbSettings({ engine }: Profile): Promise<DuckDbSettings> {
  const { defaultSettings } = await import('../engines/duckdb/duckdb-session.ts')
  const settings = engine?.kind === 'duckdb' ? engine : undefined
  const defaults = defaultSettings()
  return { memoryLimit: settings?.memoryLimit ?? defaults.memoryLimit, threads: settings?.threads ?? defaults.threads }
}
