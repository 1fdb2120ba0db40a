import { LakeError } from '../errors.ts'
import { printableLine } from '../text/printable.ts'

export type StorageVerb = 'read' | 'list' | 'write' | 'delete'

type LocalVerb = StorageVerb | 'make the directory'

/** The errno of a failed system call, or undefined for any other error. */
export function errno(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** True where a system call failed because there is no such file: nor is there behind a link that leads nowhere, or in a circle. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errno(error) ?? '')
}

/** The failure of a system call on a local file, for people. */
export function storageError(verb: LocalVerb, path: string, cause: unknown): LakeError {
  return new LakeError('storage', `Cannot ${verb} ${printableLine(path)}: ${explain(verb, cause)}`, { cause })
}

/** The file is larger than anything that lake would have written there. */
export class TooLarge extends LakeError {
  constructor(location: string, bytes: number, mostBytes: number) {
    super(
      'storage',
      `Cannot read ${printableLine(location)}: it has ${bytes} bytes, and lake reads at most ${mostBytes} there. Find out what wrote it, and move it away.`,
    )
  }
}

/** What a storage gives is not what it says that it has, however often it is asked. */
export class DamagedContent extends LakeError {
  /** As `Storage.locate` gives it. */
  readonly location: string

  constructor(location: string, info: { readonly cause: unknown; readonly details: unknown }) {
    const problem = `Cannot read ${printableLine(location)}: what comes is not what its checksum in S3 says.`
    const remedy =
      'It was damaged there, or is on its way here (by a proxy). Try from another machine, or restore it from a backup.'
    super('storage', `${problem} ${remedy}`, { ...info, remedy })
    this.location = location
  }
}

function explain(verb: LocalVerb, cause: unknown): string {
  switch (errno(cause)) {
    case 'EACCES':
    case 'EPERM':
      return verb === 'read' || verb === 'list'
        ? 'it is not readable for this user. Change its permissions, or run as a user who may read it.'
        : 'its directory is not writable for this user. Change its permissions, or run as a user who may write there.'
    case 'EROFS':
      return 'its file system is not writable (it is mounted read-only). Choose another directory.'
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full, or the quota is used up. Make room, then run again.'
    case 'ENOTDIR':
    case 'EEXIST':
      return 'a part of this path is a file where a directory is needed. Move that file away, or choose another directory.'
    case 'ENOENT':
      return verb === 'make the directory'
        ? 'its file system takes no new directory there. Choose another place.'
        : messageOf(cause)
    case 'EISDIR':
    case 'ENOTEMPTY':
      return 'it is a directory where a file is needed. Move that directory away, or choose another path.'
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open. Raise the limit (ulimit -n), then run again.'
    default:
      return messageOf(cause)
  }
}

const messageOf = (cause: unknown): string => printableLine(cause instanceof Error ? cause.message : String(cause))
