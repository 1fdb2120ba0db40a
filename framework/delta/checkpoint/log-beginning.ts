/** Finds the checkpoint with which a log can begin, so that older commits can be removed. */
import { isDeepStrictEqual } from 'node:util'
import { isCorruptTable } from '../../errors.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Actions } from '../actions.ts'
import type { TableLocation } from '../corrupt-table.ts'
import { type Checkpoint, type LogFiles, listLog, oldestOf } from '../log/log-files.ts'
import { replay, type Snapshot, snapshotFrom } from '../snapshot.ts'
import { raiseLastCheckpoint, readCheckpoint } from './checkpoint.ts'

/** A version whose checkpoint was compared with the log before it, and has the same content. */
export interface LogBeginning {
  readonly version: number
  readonly checkpoint: Checkpoint
  readonly actions: Actions
}

/**
 * The newest version up to `most` with which the log can begin; undefined if there is none, or if
 * the log has no older files. Its commit exists too, since only the commit says what the version
 * was made from.
 */
export async function findBeginning(storage: Storage, table: string, most: number): Promise<LogBeginning | undefined> {
  const location = { storage, table }
  const log = await listLog(location)
  const [commits, [oldest]] = [new Set(log.commits), log.checkpoints]
  const first = Math.min(log.commits[0] ?? most, oldest?.version ?? most)
  const possible = log.checkpoints.filter(
    ({ version, missing }) => version > first && version <= most && missing === undefined && commits.has(version),
  )
  for (const checkpoint of possible.toReversed()) {
    const actions = await provenActions(location, log, checkpoint)
    if (actions) return { version: checkpoint.version, checkpoint, actions }
  }
  return undefined
}

/**
 * Makes `_last_checkpoint` point to the beginning, so that no reader looks for an older checkpoint.
 * Call it before you delete the files of older versions.
 */
export function beginAt(storage: Storage, table: string, beginning: LogBeginning): Promise<void> {
  return raiseLastCheckpoint({ storage, table }, beginning.checkpoint, beginning.actions)
}

/** Undefined if the checkpoint is damaged, or if the rest of the log has another content. */
async function provenActions(
  location: TableLocation,
  log: LogFiles,
  checkpoint: Checkpoint,
): Promise<Actions | undefined> {
  const { version } = checkpoint
  try {
    const actions = await readCheckpoint(location, checkpoint)
    if (!actions) return undefined
    // The log already begins at this version, so there are no older commits to compare with.
    if (version === oldestOf(log)) return actions
    const others = { ...log, checkpoints: log.checkpoints.filter((other) => other.version < version) }
    const expected = await snapshotFrom(location, others, version)
    return expected && isSame(replay(location, version, [actions]), expected) ? actions : undefined
  } catch (error) {
    if (isCorruptTable(error)) return undefined
    throw error
  }
}

/** Checkpoints leave out files that were removed long ago. */
const isSame = (left: Snapshot, right: Snapshot): boolean =>
  isDeepStrictEqual({ ...left, removed: undefined }, { ...right, removed: undefined })
