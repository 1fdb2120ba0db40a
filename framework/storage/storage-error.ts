/** Explains failures to read and write files, and says what to do about them. */
import { type ErrorParts, LakeError, messageOf } from '../errors.ts'
import { printableLine } from '../text/printable.ts'

export type StorageVerb = 'read' | 'list' | 'write' | 'delete'

type LocalVerb = StorageVerb | 'make the directory'

/** The problem and its remedy, without the name of the file. */
export type Explanation = Pick<ErrorParts, 'problem' | 'remedy'>

/** The errno of a failed system call; undefined for any other error. */
export function errno(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/**
 * Whether a system call failed because the file is missing. A link that leads nowhere, or in a
 * circle, counts as missing.
 */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errno(error) ?? '')
}

/** The code with which AWS, or a client of it, reports a failure; undefined for any other error. */
export function awsCode(error: unknown): string | undefined {
  const details = error instanceof LakeError ? error.details : undefined
  const code = details instanceof Object && 'code' in details ? details.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** Whether AWS does not allow the request to these credentials. */
export const isAccessDenied = (error: unknown): boolean => ['AccessDenied', 'Forbidden'].includes(awsCode(error) ?? '')

/** Explains the failure of a system call on a local file. */
export function storageError(verb: LocalVerb, path: string, cause: unknown): LakeError {
  const { problem, ...rest } = explain(verb, cause)
  return new LakeError('storage', {
    problem: `Cannot ${verb} ${printableLine(path)}: ${problem}`,
    ...rest,
    ...{ cause, transient: TRANSIENT.includes(errno(cause) ?? '') },
  })
}

/**
 * The failure to write a file for which the user gave the path. `what` names the file in the
 * message. `cause` is from a system call.
 */
export function cannotWrite(what: string, cause: unknown): LakeError {
  const { remedy = 'Name another path, in a directory that exists and can be written.' } = explain('write', cause)
  return new LakeError('storage', { problem: `${what} could not be written: ${messageOf(cause)}`, remedy, cause })
}

/**
 * These system calls can succeed later: network file systems lose their server, and other processes
 * close files.
 */
const TRANSIENT = ['EAGAIN', 'EBUSY', 'EIO', 'EMFILE', 'ENFILE', 'ESTALE', 'ETIMEDOUT']

/** A file is larger than lake's own files of this kind. */
export class TooLarge extends LakeError {
  constructor(location: string, bytes: number, mostBytes: number) {
    super('storage', {
      problem: `Cannot read ${printableLine(location)}: it has ${bytes} bytes, and lake reads at most ${mostBytes} there`,
      remedy: 'Find out what wrote it, and move it away.',
    })
  }
}

/**
 * The content of a stored file does not match the checksum of the storage, even after another
 * attempt.
 */
export class DamagedContent extends LakeError {
  /** The result of `Storage.locate`. */
  readonly location: string

  constructor(location: string, info: { readonly cause: unknown; readonly details: unknown }) {
    super('storage', {
      problem: `Cannot read ${printableLine(location)}: its content does not match its checksum in S3`,
      remedy:
        'It was damaged in S3, or by a proxy on the way here. Try from another machine, or restore it from a backup.',
      ...info,
    })
    this.location = location
  }
}

function explain(verb: LocalVerb, cause: unknown): Explanation {
  switch (errno(cause)) {
    case 'EACCES':
    case 'EPERM':
      return verb === 'read' || verb === 'list'
        ? {
            problem: 'it is not readable for this user',
            remedy: 'Change its permissions, or run as a user who can read it.',
          }
        : {
            problem: 'its directory is not writable for this user',
            remedy: 'Change its permissions, or run as a user who can write there.',
          }
    case 'EROFS':
      return {
        problem: 'its file system is not writable (it is mounted read-only)',
        remedy: 'Choose another directory.',
      }
    case 'ENOSPC':
    case 'EDQUOT':
      return { problem: 'the disk is full, or the quota is used up', remedy: 'Make room, then run again.' }
    case 'ENOTDIR':
    case 'EEXIST':
      return {
        problem: 'a part of this path is a file where a directory is needed',
        remedy: 'Move that file away, or choose another directory.',
      }
    case 'ENOENT':
      return verb === 'make the directory'
        ? { problem: 'its file system does not allow a new directory there', remedy: 'Choose another directory.' }
        : unexplained(cause)
    case 'EISDIR':
    case 'ENOTEMPTY':
      return {
        problem: 'it is a directory where a file is needed',
        remedy: 'Move that directory away, or choose another path.',
      }
    case 'EMFILE':
    case 'ENFILE':
      return { problem: 'too many files are open', remedy: 'Raise the limit (ulimit -n), then run again.' }
    default:
      return unexplained(cause)
  }
}

const unexplained = (cause: unknown): Explanation => ({
  problem: printableLine(messageOf(cause)),
})
