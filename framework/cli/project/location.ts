/** Parses the locations that users write: a lake, the files of a source, a file to write. */
import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { LakeError } from '../../errors.ts'
import { openStorage } from '../../storage/open-storage.ts'

interface WrittenLocation {
  /** The name of the setting, for messages: `--lake`, `lake in the profile demo`. */
  readonly what: string
  readonly written: string
  /** The directory that a relative path starts from. */
  readonly base: string
}

/**
 * Returns a directory as an absolute path, or a URI as its storage writes it. Throws `config` with
 * what to write instead.
 */
export function parseLocation({ what, written, base }: WrittenLocation): string {
  refuse(what, written, pathFault(written) ?? schemeFault(written) ?? relativeKeyFault(written))
  return written.includes('://') ? openStorage(written).uri : resolve(base, written)
}

/** Throws `storage` if the location is a file where a directory is needed. */
export function refuseFile(what: string, location: string): void {
  if (!isLocalFile(location)) return
  throw new LakeError('storage', {
    problem: `${what} is ${location}: a file where a directory is needed`,
    remedy: `Name a directory, such as ${dirname(location)}.`,
  })
}

/**
 * False for a file that cannot be looked at, because the command that reads the file reports that.
 */
export const isLocalFile = (location: string): boolean =>
  !location.includes('://') && ifSeen(() => statSync(location, { throwIfNoEntry: false })?.isFile()) === true

function ifSeen<Value>(look: () => Value): Value | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}

/**
 * Returns the absolute path of a file or directory on this machine. Throws `config` for anything
 * else.
 */
export function parseLocalPath({ what, written, base }: WrittenLocation): string {
  const remote = written.includes('://') ? 'Write a path on this machine.' : undefined
  refuse(what, written, pathFault(written) ?? remote ?? schemeFault(written))
  return resolve(base, written)
}

function refuse(what: string, written: string, fault: string | undefined): void {
  if (fault !== undefined)
    throw new LakeError('config', {
      problem: `${what} is ${JSON.stringify(written)}, which is not a valid location`,
      remedy: fault,
    })
}

function pathFault(written: string): string | undefined {
  if (written.trim() === '') return 'It is empty: is a shell variable not set?'
  if (written.trim() !== written) return 'It begins or ends with white space. Remove that.'
  if (written.includes('\0')) return 'It contains a NUL character. Remove that.'
  if (written.startsWith('~')) {
    return `Only a shell expands ~, and only without quotes. Write the full path, or ./${written} for a directory of that name.`
  }
  return undefined
}

/** A single letter before a colon is a Windows drive, not a scheme. */
function schemeFault(written: string): string | undefined {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]+):(?!\/\/)\/*(.*)$/is.exec(written) ?? []
  if (scheme === '') return undefined
  if (/^s3[an]?$/i.test(scheme)) return `Write s3://${rest === '' ? 'bucket/prefix' : rest}.`
  return `lake does not know ${scheme}:. Write a directory or s3://bucket/prefix, or ./${written} for a directory of that name.`
}

function relativeKeyFault(written: string): string | undefined {
  if (!written.includes('://') || !written.split('/').some((part) => part === '.' || part === '..')) return undefined
  return 'In S3, . and .. are ordinary names. Write the prefix without them.'
}
