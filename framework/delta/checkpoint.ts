import { LakeError } from '../errors.ts'
import { TooLarge } from '../storage/storage-error.ts'
import type { Actions } from './actions.ts'
import { parseCheckpoint, printCheckpoint } from './checkpoint-file.ts'
import { corruptTable, MalformedLog, parsing, type TablePlace } from './corrupt-table.ts'
import { type Fields, isFields } from './fields.ts'
import { type Checkpoint, checkpointPath, logDirectory } from './log-files.ts'
import { readActions } from './read-actions.ts'
import { writeActions } from './write-actions.ts'

function lastCheckpointPath(table: string): string {
  return `${logDirectory(table)}/_last_checkpoint`
}

/** Writes the checkpoint of `version` (PROTOCOL.md, "Checkpoints", the classic kind) and points `_last_checkpoint` at it. */
export async function writeCheckpoint(
  { storage, table }: TablePlace,
  version: number,
  actions: Actions,
): Promise<void> {
  const rows = writeActions(actions, false)
  const body = await printCheckpoint(rows)
  await storage.put(checkpointPath(table, version), body)
  const hint = { version, size: rows.length, sizeInBytes: body.length, numOfAddFiles: actions.adds.length }
  await storage.put(lastCheckpointPath(table), JSON.stringify(hint))
}

const MOST_CHECKPOINT_BYTES = 1024 * 1024 * 1024
const MOST_HINT_BYTES = 1024 * 1024

/** The actions of a checkpoint, of all of its parts; undefined where one is not there. One that cannot be read is a `corrupt-table`. */
export async function readCheckpoint(place: TablePlace, { names }: Checkpoint): Promise<Actions | undefined> {
  const paths = names.map((name) => `${logDirectory(place.table)}/${name}`)
  const parts = await Promise.all(paths.map((path) => readPart(place, path)))
  const rows = parts.flatMap((part) => part ?? [])
  if (parts.includes(undefined)) return undefined
  return parsing(place, paths[0] ?? '', () => {
    const actions = readActions(rows)
    if (!actions.protocol || !actions.metadata) throw new MalformedLog('it has no protocol or no metaData')
    return actions
  })
}

async function readPart(place: TablePlace, path: string): Promise<readonly Fields[] | undefined> {
  const content = await place.storage.read(path, MOST_CHECKPOINT_BYTES)
  if (!content) return undefined
  return parseCheckpoint(content.body).catch((error) => {
    throw corruptTable(place, `${place.storage.locate(path)} is damaged or not supported: ${error.message}`, error)
  })
}

/** The version that `_last_checkpoint` names. It is only a hint, so one that cannot be read is none. */
export async function readLastCheckpoint({ storage, table }: TablePlace): Promise<number | undefined> {
  try {
    const content = await storage.read(lastCheckpointPath(table), MOST_HINT_BYTES)
    const hint: unknown = content && JSON.parse(Buffer.from(content.body).toString())
    return isFields(hint) && Number.isSafeInteger(hint.version) ? Number(hint.version) : undefined
  } catch (error) {
    if (error instanceof LakeError && !(error instanceof TooLarge)) throw error
    return undefined
  }
}
