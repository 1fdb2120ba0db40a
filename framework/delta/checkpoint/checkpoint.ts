import { LakeError } from '../../errors.ts'
import { TooLarge } from '../../storage/storage-error.ts'
import type { Actions } from '../actions.ts'
import { corruptTable, MalformedLog, parsing, readLogFile, type TablePlace } from '../corrupt-table.ts'
import { isFields } from '../fields.ts'
import { type Checkpoint, checkpointPath, logDirectory } from '../log/log-files.ts'
import { readActions } from '../log/read-actions.ts'
import { writeActions } from '../log/write-actions.ts'
import { CHECKPOINT_LIMITS, type CheckpointPart, openCheckpoint, printCheckpoint } from './checkpoint-file.ts'

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

/**
 * The actions of a checkpoint, of all of its parts; undefined where one is not there. One that cannot be read, or that holds more than lake
 * decodes, is a `corrupt-table`.
 */
export async function readCheckpoint(
  place: TablePlace,
  { names }: Pick<Checkpoint, 'names'>,
  limits = CHECKPOINT_LIMITS,
): Promise<Actions | undefined> {
  const paths = names.map((name) => `${logDirectory(place.table)}/${name}`)
  const [path = ''] = paths
  const opened = await Promise.all(paths.map((part) => openPart(place, part)))
  const parts = opened.filter((part) => part !== undefined)
  if (parts.length < opened.length) return undefined
  for (const measure of ['rows', 'values', 'bytes'] as const) {
    const size = parts.reduce((sum, part) => sum + part.size[measure], 0)
    if (!(size <= limits[measure]))
      throw tooLarge(place, path, `${size} ${measure}, and lake reads at most ${limits[measure]}`)
  }
  const rows = await Promise.all(parts.map(({ decode }, index) => readable(place, paths[index] ?? '', decode())))
  return parsing(place, path, () => {
    const actions = readActions(rows.flat())
    if (!actions.protocol || !actions.metadata) throw new MalformedLog('it has no protocol or no metaData')
    return actions
  })
}

async function openPart(place: TablePlace, path: string): Promise<CheckpointPart | undefined> {
  const content = await readLogFile(place, path, MOST_CHECKPOINT_BYTES)
  return content && readable(place, path, openCheckpoint(content.body))
}

const readable = <Value>(place: TablePlace, path: string, reading: Promise<Value>): Promise<Value> =>
  reading.catch((error) => {
    throw corruptTable(place, `${place.storage.locate(path)} is damaged or not supported: ${error.message}`, error)
  })

const tooLarge = (place: TablePlace, path: string, what: string): LakeError =>
  corruptTable(place, `the checkpoint ${place.storage.locate(path)} unpacks to ${what} of one`)

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
