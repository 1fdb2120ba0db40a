import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LakeError } from '../errors.ts'
import { undeclaredTables } from '../observe/undeclared-tables.ts'
import { isLocal } from '../storage/is-local.ts'
import type { Storage } from '../storage/storage.ts'
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

/** Whether the lake can be listed, written, read and cleared, and whether of two writers of one file only the first one gets it. */
export async function lakeChecks(lake: Storage): Promise<readonly Diagnosis[]> {
  if (isLocal(lake) && !(await lake.exists()))
    return [await answerProbe({ name: LAKE, ask: () => canBeMade(lake.uri) })]
  let denied = false
  const reached = await answerProbe({
    name: LAKE,
    ask: () =>
      reach(lake).catch((error: unknown) => {
        denied = isDenied(error)
        throw error
      }),
    unanswered: NETWORK,
  })
  if (isFailed(reached) && !denied) return [reached, ...PROBES.map((name) => skipped(name, LAKE))]
  const probed = await answerProbes(probeQuestions(lake), (check) => check.name === WRITE && isFailed(check))
  if (isLocal(lake)) await leaveNothing(lake)
  return [reached, ...probed]
}

/** Tables that a rename or a removal has left. `keys` are those of the assets, and those that they had. */
export async function undeclaredCheck(lake: Storage, keys: readonly string[]): Promise<readonly Diagnosis[]> {
  const name = 'undeclared tables'
  // Whether the lake can be listed is the answer of another check.
  const tables = await undeclaredTables(lake, new Set(keys)).catch(() => [])
  if (tables.length === 0) return []
  const found = `${tables.join(', ')} in ${lake.uri} ${tables.length === 1 ? 'is' : 'are'} declared by no asset`
  return [{ name, status: 'warning', found, remedy: 'lake drop KEY removes one; or declare it again.' }]
}

/** To be refused one kind of access says nothing of the others. */
function isDenied(error: unknown): boolean {
  const { code } = ((error instanceof LakeError && error.details) || {}) as { readonly code?: string }
  return code === 'AccessDenied' || code === 'Forbidden'
}

async function reach(lake: Storage): Promise<Finding> {
  if (!lake.uri.startsWith('s3://')) {
    await lake.names('')
    return ok(`${lake.uri} is there`)
  }
  const { firstFiles } = await import('../storage/s3/s3-account.ts')
  await firstFiles(lake.uri)
  return ok(`${lake.uri} can be listed`)
}

/** The first run makes the directory: who may make it is seen from the nearest one above it that is there. */
async function canBeMade(directory: string): Promise<Finding> {
  const above = await nearest(dirname(directory))
  try {
    await access(above, constants.W_OK | constants.X_OK)
    return ok(`${directory} is not there yet; the first run makes it`)
  } catch {
    return failed(
      `${directory} is not there, and ${above} is not writable`,
      `Make ${directory}, or choose another lake.`,
    )
  }
}

async function nearest(directory: string): Promise<string> {
  const there = await access(directory).then(
    () => true,
    () => false,
  )
  return there || directory === dirname(directory) ? directory : nearest(dirname(directory))
}

function probeQuestions(lake: Storage): readonly Probe[] {
  const path = `${DIRECTORY}/${randomUUID()}`
  const body = `of lake doctor, ${path}`
  const question = (name: string, ask: () => Promise<Finding>) => ({ name, ask, unanswered: NETWORK })
  return [
    question(WRITE, async () => {
      await lake.put(path, body)
      return ok('an object was written')
    }),
    question(READ, async () => {
      const stored = await lake.read(path)
      if (stored && Buffer.from(stored.body).toString() === body) return ok('and read again, as it was written')
      return failed(`${lake.locate(path)} was written, and reads ${stored ? 'otherwise' : 'as missing'}`, OTHER_SERVER)
    }),
    question(CONDITION, () => onlyOnce(lake, `${path}-once`)),
    question(DELETE, async () => {
      await lake.delete(path)
      if ((await lake.read(path)) === undefined) return ok('and deleted')
      return failed(`${lake.locate(path)} was deleted, and is still there`, OTHER_SERVER)
    }),
  ]
}

const OTHER_SERVER =
  'Keep the lake where a file that was written is there for all: AWS S3, SeaweedFS, MinIO, a local disk.'

/** Commits rest on it: what is written where nothing was must not be written again. */
async function onlyOnce(lake: Storage, path: string): Promise<Finding> {
  try {
    const first = await lake.putIfAbsent(path, '1')
    const second = await lake.putIfAbsent(path, '2')
    if (first === 'created' && second === 'exists') return ok('of two writers, the second one is refused')
    return failed(
      `the second of two writers of ${lake.locate(path)} ${second === 'created' ? 'replaced what the first one wrote' : 'was refused, and so was the first'}: two runs could overwrite each other`,
      'Keep the lake on a server that honours If-None-Match: AWS S3, SeaweedFS, MinIO.',
    )
  } finally {
    await lake.delete(path).catch(() => undefined)
  }
}

/** Empty directories would be all that is left. */
async function leaveNothing(lake: Storage): Promise<void> {
  for (const path of [DIRECTORY, dirname(DIRECTORY)]) await rmdir(lake.locate(path)).catch(() => undefined)
}
