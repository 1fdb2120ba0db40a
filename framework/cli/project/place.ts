/** What people may write for a place (a lake, the files of a source, a file to write), and what is said where it is none. */
import { resolve } from 'node:path'
import { LakeError } from '../../errors.ts'
import { openStorage } from '../../storage/open-storage.ts'

export interface WrittenPlace {
  /** Who names it, for messages: `--lake`, `lake in the profile demo`. */
  readonly what: string
  readonly written: string
  /** What a relative path is relative to. */
  readonly base: string
}

/** A directory as an absolute path, or a URI as its storage writes it. Throws `config` where it is neither, with what to write instead. */
export function parsePlace({ what, written, base }: WrittenPlace): string {
  refuse(what, written, pathFault(written) ?? schemeFault(written) ?? relativeKeyFault(written))
  return written.includes('://') ? openStorage(written).uri : resolve(base, written)
}

/** The absolute path of a file or directory on this machine. Throws `config` where that is not what is written. */
export function parseLocalPath({ what, written, base }: WrittenPlace): string {
  const remote = written.includes('://') ? 'Write a path on this machine.' : undefined
  refuse(what, written, pathFault(written) ?? remote ?? schemeFault(written))
  return resolve(base, written)
}

function refuse(what: string, written: string, fault: string | undefined): void {
  if (fault !== undefined)
    throw new LakeError('config', `${what} is ${JSON.stringify(written)}, which is no place. ${fault}`)
}

function pathFault(written: string): string | undefined {
  if (written.trim() === '') return 'It is empty: is a shell variable not set?'
  if (written.trim() !== written) return 'It begins or ends with white space. Write it without.'
  if (written.includes('\0')) return 'It holds a NUL character. Write it without.'
  if (written.startsWith('~')) {
    return `Only a shell knows ~, and only without quotes. Write the whole path, or ./${written} for a directory of that name.`
  }
  return undefined
}

/** One letter before a colon is a drive of Windows. */
function schemeFault(written: string): string | undefined {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]+):(?!\/\/)\/*(.*)$/is.exec(written) ?? []
  if (scheme === '') return undefined
  if (/^s3[an]?$/i.test(scheme)) return `Write s3://${rest === '' ? 'bucket/prefix' : rest}.`
  return `lake does not know ${scheme}:. Write a directory or s3://bucket/prefix, or ./${written} for a directory of that name.`
}

function relativeKeyFault(written: string): string | undefined {
  if (!written.includes('://') || !written.split('/').some((part) => part === '.' || part === '..')) return undefined
  return 'S3 takes . and .. for names. Write the prefix that is meant, without them.'
}
