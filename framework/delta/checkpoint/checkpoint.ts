/** Reads and writes the checkpoints of a table's log. */
import { LakeError } from '../../errors.ts'
import { readOnce } from '../../storage/remembering.ts'
import type { Storage } from '../../storage/storage.ts'
import { TooLarge } from '../../storage/storage-error.ts'
import { MIB } from '../../storage/units.ts'
import { type Actions, lastHeader } from '../actions.ts'
import { corruptTable, MalformedLog, parsing, readLogFile, type TableLocation } from '../corrupt-table.ts'
import { type Fields, isFields, textField } from '../fields.ts'
import { type Checkpoint, checkpointPath, logDirectory } from '../log/log-files.ts'
import { readActions } from '../log/read-actions.ts'
import { writeActions } from '../log/write-actions.ts'
import {
  CHECKPOINT_LIMITS,
  type CheckpointLimits,
  type CheckpointPart,
  openCheckpoint,
  openJsonCheckpoint,
  printCheckpoint,
} from './checkpoint-file.ts'

function lastCheckpointPath(table: string): string {
  return `${logDirectory(table)}/_last_checkpoint`
}

/**
 * Writes a classic checkpoint of `version` (PROTOCOL.md, "Checkpoints") and makes
 * `_last_checkpoint` point to it.
 */
export async function writeCheckpoint(
  { storage, table }: TableLocation,
  version: number,
  actions: Actions,
): Promise<void> {
  const rows = writeActions(actions, false)
  const body = await printCheckpoint(rows)
  await storage.put(checkpointPath(table, version), body)
  const hint = { version, size: rows.length, sizeInBytes: body.length, numOfAddFiles: actions.adds.length }
  await storage.put(lastCheckpointPath(table), JSON.stringify(hint))
}

/**
 * Makes `_last_checkpoint` point to this checkpoint if it points to an older one. Some readers fail
 * if the checkpoint that it names is missing.
 */
export async function raiseLastCheckpoint(
  location: TableLocation,
  { version, names }: Checkpoint,
  actions: Actions,
): Promise<void> {
  const hinted = await readLastCheckpoint(location)
  if (hinted === undefined || hinted >= version) return
  const parts = names.length > 1 ? { parts: names.length } : {}
  const hint = { version, size: writeActions(actions, false).length, ...parts, numOfAddFiles: actions.adds.length }
  await location.storage.put(lastCheckpointPath(location.table), JSON.stringify(hint))
}

const MAX_CHECKPOINT_BYTES = 1024 * MIB
const MAX_HINT_BYTES = MIB

/**
 * The actions of all parts of a checkpoint, and of the sidecars that they name; undefined if a part
 * is missing. Throws `corrupt-table` if the checkpoint cannot be read or exceeds `limits`.
 */
export async function readCheckpoint(
  location: TableLocation,
  { names }: Pick<Checkpoint, 'names'>,
  limits = CHECKPOINT_LIMITS,
): Promise<Actions | undefined> {
  const paths = names.map((name) => `${logDirectory(location.table)}/${name}`)
  const [path = ''] = paths
  const parts = await readParts(location, paths, limits)
  if (!parts) return undefined
  const sidecars = await readParts(location, parts.sidecars, limits)
  if (!sidecars) throw corruptTable(location, `a sidecar of the checkpoint ${location.storage.locate(path)} is missing`)
  return parsing(location, path, () => {
    const actions = together([...parts.actions, ...sidecars.actions])
    if (!actions.protocol || !actions.metadata) throw new MalformedLog('it has no protocol or no metaData')
    return actions
  })
}

/** Joins the actions of all parts. */
function together(all: readonly Actions[]): Actions {
  const domains = all.flatMap(({ domains = [] }) => domains)
  return {
    adds: all.flatMap(({ adds }) => adds),
    removes: all.flatMap(({ removes }) => removes),
    transactions: all.flatMap(({ transactions }) => transactions),
    ...(domains.length > 0 && { domains }),
    ...lastHeader(all),
  }
}

/**
 * The files of a checkpoint's sidecars (PROTOCOL.md, "Sidecar Files"), which are all in one
 * directory.
 */
function sidecarsIn({ table }: TableLocation, rows: readonly Fields[]): readonly string[] {
  return rows.flatMap(({ sidecar }) => {
    if (!isFields(sidecar)) return []
    const name = decodeURIComponent(textField(sidecar, 'path'))
    if (!/^[\w-][\w.-]*$/.test(name)) throw new MalformedLog(`its sidecar ${JSON.stringify(name)} is no file name`)
    return `${logDirectory(table)}/_sidecars/${name}`
  })
}

/** What the files of a checkpoint say. */
interface ReadParts {
  /** The actions of each row group. */
  readonly actions: readonly Actions[]
  readonly sidecars: readonly string[]
}

/** Undefined if a file is missing. */
async function readParts(
  location: TableLocation,
  paths: readonly string[],
  limits: CheckpointLimits,
): Promise<ReadParts | undefined> {
  const [path = ''] = paths
  const opened = await Promise.all(paths.map((part) => openPart(location, part)))
  const parts = opened.filter((part) => part !== undefined)
  if (parts.length < opened.length) return undefined
  for (const measure of ['rows', 'values', 'bytes'] as const) {
    const size = parts.reduce((sum, part) => sum + part.size[measure], 0)
    if (!(size <= limits[measure]))
      throw tooLarge(location, path, `${size} ${measure}, and lake reads at most ${limits[measure]}`)
  }
  const actions: Actions[] = []
  const sidecars: string[] = []
  // Keeps the actions of a group and not its rows, because the rows take more memory.
  for (const [index, part] of parts.entries()) {
    for await (const rows of decoded(location, paths[index] ?? '', part)) {
      parsing(location, path, () => {
        actions.push(readActions(rows))
        sidecars.push(...sidecarsIn(location, rows))
      })
    }
  }
  return { actions, sidecars }
}

async function* decoded(location: TableLocation, path: string, part: CheckpointPart) {
  const groups = part.groups()
  for (;;) {
    const group = await orCorrupt(location, path, groups.next())
    if (group.done) return
    yield group.value
  }
}

async function openPart(location: TableLocation, path: string): Promise<CheckpointPart | undefined> {
  const content = await readLogFile(location, path, MAX_CHECKPOINT_BYTES)
  if (!content) return undefined
  return path.endsWith('.json')
    ? openJsonCheckpoint(content.body)
    : orCorrupt(location, path, openCheckpoint(content.body))
}

/** Turns any failure to decode the file into `corrupt-table`. */
const orCorrupt = <Value>(location: TableLocation, path: string, decoded: Promise<Value>): Promise<Value> =>
  decoded.catch((error) => {
    const file = location.storage.locate(path)
    throw corruptTable(location, `${file} is damaged or not supported: ${error.message}`, error)
  })

const tooLarge = (location: TableLocation, path: string, what: string): LakeError =>
  corruptTable(location, `the checkpoint ${location.storage.locate(path)} unpacks to ${what} of one`)

/**
 * The version that `_last_checkpoint` names. The file is only a hint: undefined if it is missing or
 * damaged. The result can be remembered, since an older hint is still true.
 */
export async function readLastCheckpoint({ storage, table }: TableLocation): Promise<number | undefined> {
  const path = lastCheckpointPath(table)
  const hint = await readOnce(storage, { name: path, bytes: () => 0 }, async () => ({
    version: await readHint(storage, path),
  }))
  return hint?.version
}

async function readHint(storage: Storage, path: string): Promise<number | undefined> {
  try {
    const content = await storage.read(path, MAX_HINT_BYTES)
    const hint: unknown = content && JSON.parse(Buffer.from(content.body).toString())
    return isFields(hint) && Number.isSafeInteger(hint.version) ? Number(hint.version) : undefined
  } catch (error) {
    if (error instanceof LakeError && !(error instanceof TooLarge)) throw error
    return undefined
  }
}
