/** Checks whether the lake can be listed, written, read and cleaned up. */
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { undeclaredTables } from '../observe/undeclared-tables.ts'
import { isLocal } from '../storage/is-local.ts'
import type { Storage } from '../storage/storage.ts'
import { isAccessDenied } from '../storage/storage-error.ts'
import {
  answerProbe,
  answerProbes,
  type Diagnosis,
  type Finding,
  failed,
  isFailed,
  ok,
  type Probe,
  skipped,
} from './check.ts'

const DIRECTORY = '_lake/doctor'
const LAKE = 'lake'
const [WRITE, READ, CONDITION, DELETE] = ['lake write', 'lake read', 'lake conditional write', 'lake delete'] as const
const PROBES: readonly string[] = [WRITE, READ, CONDITION, DELETE]
const NETWORK = 'Check the network, AWS_REGION and AWS_ENDPOINT_URL_S3.'

/** Checks too that only the first of two writers creates a file. */
export async function lakeChecks(lake: Storage): Promise<readonly Diagnosis[]> {
  if (isLocal(lake) && !(await lake.exists()))
    return [await answerProbe({ name: LAKE, ask: () => canBeCreated(lake.uri) })]
  // Credentials that cannot list may still be able to read or write.
  let denied = false
  const reached = await answerProbe({
    name: LAKE,
    ask: () =>
      reach(lake).catch((error: unknown) => {
        denied = isAccessDenied(error)
        throw error
      }),
    unanswered: NETWORK,
  })
  if (isFailed(reached) && !denied) return [reached, ...PROBES.map((name) => skipped(name, LAKE))]
  const probed = await answerProbes(storageProbes(lake), (check) => check.name === WRITE && isFailed(check))
  if (isLocal(lake)) await removeDirectories(lake)
  return [reached, ...probed]
}

/**
 * Finds tables that remain after a rename or a removal of their asset. `keys` are the current and
 * the former keys of the assets.
 */
export async function undeclaredCheck(lake: Storage, keys: readonly string[]): Promise<readonly Diagnosis[]> {
  const name = 'undeclared tables'
  // Another check reports a lake that cannot be listed.
  const tables = await undeclaredTables(lake, new Set(keys)).catch(() => [])
  if (tables.length === 0) return []
  const found = `${tables.join(', ')} in ${lake.uri} ${tables.length === 1 ? 'is' : 'are'} declared by no asset`
  return [{ name, status: 'warning', found, remedy: 'Remove one with `lake drop KEY`, or declare it again.' }]
}

async function reach(lake: Storage): Promise<Finding> {
  if (!lake.uri.startsWith('s3://')) {
    await lake.names('')
    return ok(`${lake.uri} exists`)
  }
  const { firstFiles } = await import('../storage/s3/s3-account.ts')
  await firstFiles(lake.uri)
  return ok(`${lake.uri} can be listed`)
}

/** The first run creates the directory. The nearest existing parent shows whether it can. */
async function canBeCreated(directory: string): Promise<Finding> {
  const parent = await nearestExisting(dirname(directory))
  try {
    await access(parent, constants.W_OK | constants.X_OK)
    return ok(`${directory} does not exist yet; the first run creates it`)
  } catch {
    return failed(
      `${directory} does not exist, and ${parent} is not writable`,
      `Create ${directory}, or choose another lake.`,
    )
  }
}

async function nearestExisting(directory: string): Promise<string> {
  const exists = await access(directory).then(
    () => true,
    () => false,
  )
  return exists || directory === dirname(directory) ? directory : nearestExisting(dirname(directory))
}

function storageProbes(lake: Storage): readonly Probe[] {
  const path = `${DIRECTORY}/${randomUUID()}`
  const body = `of lake doctor, ${path}`
  const probe = (name: string, ask: () => Promise<Finding>) => ({ name, ask, unanswered: NETWORK })
  return [
    probe(WRITE, async () => {
      await lake.put(path, body)
      return ok('a file was written')
    }),
    probe(READ, async () => {
      const stored = await lake.read(path)
      if (stored && Buffer.from(stored.body).toString() === body) return ok('and read back unchanged')
      return failed(
        `${lake.locate(path)} was written, but ${stored ? 'has other content' : 'is missing'} when read`,
        OTHER_SERVER,
      )
    }),
    probe(CONDITION, () => onlyOnce(lake, `${path}-once`)),
    probe(DELETE, async () => {
      await lake.delete(path)
      if ((await lake.read(path)) === undefined) return ok('and deleted')
      return failed(`${lake.locate(path)} was deleted, but still exists`, OTHER_SERVER)
    }),
  ]
}

const OTHER_SERVER =
  'Keep the lake on storage that shows a write to all readers at once: AWS S3, SeaweedFS, MinIO, a local disk.'

/** Commits depend on this: the second of two writers must not replace the file. */
async function onlyOnce(lake: Storage, path: string): Promise<Finding> {
  try {
    const first = await lake.putIfAbsent(path, '1')
    const second = await lake.putIfAbsent(path, '2')
    if (first === 'created' && second === 'exists') return ok('the second of two writers is refused')
    return failed(
      `the second of two writers of ${lake.locate(path)} ${second === 'created' ? 'replaced what the first one wrote' : 'was refused, and so was the first'}: two runs could overwrite each other`,
      'Keep the lake on a server that supports If-None-Match: AWS S3, SeaweedFS, MinIO.',
    )
  } finally {
    await lake.delete(path).catch(() => undefined)
  }
}

/** Deletes the directories of the probe, which are empty now. */
async function removeDirectories(lake: Storage): Promise<void> {
  for (const path of [DIRECTORY, dirname(DIRECTORY)]) await rmdir(lake.locate(path)).catch(() => undefined)
}
