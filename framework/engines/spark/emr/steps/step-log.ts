/** Finds the log of a step, which EMR uploads some minutes after the step printed it. */
import { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip } from 'node:zlib'
import type { Storage } from '../../../../storage/storage.ts'
import { redact } from '../../../../text/redact.ts'
import type { JobEnd } from '../../launch/launcher.ts'
import { logRoot } from '../api/emr-messages.ts'
import { describe, type EmrAccess } from '../clusters/find-cluster.ts'
import type { SubmittedStep } from './submit-step.ts'

/** Maximum number of log lines in the message of a failed step. */
const MESSAGE_LINES = 15

/**
 * Python errors are in stdout, because spark-submit joins the two streams. Spark and YARN write to
 * stderr.
 */
const FILES = ['stdout', 'stderr']

interface LogTail {
  /** Relative to the log URI. */
  readonly file: string
  /** The last lines, in order. */
  readonly lines: readonly string[]
}

/** Says where the step's log is or will be; undefined if the cluster keeps no logs. */
export async function describeLogPlace(access: EmrAccess, step: SubmittedStep): Promise<string | undefined> {
  const root = await logRootOf(access, step)
  if (root === undefined) return undefined
  return `Its log is in ${root}/${step.clusterId}/steps/${step.polled.id}/ , within five minutes.`
}

/**
 * Adds the part of a failed step's log that EMR has uploaded to the message. Only people read it:
 * no decision depends on it. `openLogs` opens the storage at an `s3://` URI.
 */
export async function withLogTail(
  end: JobEnd,
  step: SubmittedStep,
  { access, openLogs }: { readonly access: EmrAccess; readonly openLogs: (uri: string) => Storage },
): Promise<JobEnd> {
  if (end.kind !== 'failed') return end
  const root = await logRootOf(access, step)
  if (root === undefined) return end
  const [tail] = await stepLogTail(openLogs(root), step.clusterId, step.polled.id, MESSAGE_LINES)
  return tail ? { ...end, message: [end.message, `The end of ${tail.file}:`, ...tail.lines].join('\n  ') } : end
}

async function logRootOf(access: EmrAccess, { clusterId }: SubmittedStep): Promise<string | undefined> {
  const { logUri } = await describe(access, clusterId).catch(() => ({ logUri: undefined }))
  return logUri === undefined ? undefined : logRoot(logUri)
}

/**
 * The last lines that the step printed. Empty if EMR has uploaded nothing yet, or nothing can be
 * read. `logs` is the storage at the cluster's log URI.
 */
export async function stepLogTail(
  logs: Storage,
  clusterId: string,
  stepId: string,
  lines = 40,
): Promise<readonly LogTail[]> {
  const tails: LogTail[] = []
  try {
    for (const { path } of await logs.list(`${clusterId}/steps/${stepId}`)) {
      if (rankOf(path) < 0) continue
      const tail = await lastLines(logs, path, lines)
      if (tail.length > 0) tails.push({ file: path, lines: tail })
    }
  } catch {
    return tails
  }
  return tails.sort((left, right) => rankOf(left.file) - rankOf(right.file))
}

/** Lower is read first; negative for a file that is not read. */
const rankOf = (path: string): number => FILES.findIndex((name) => path.split('/').at(-1)?.startsWith(name))

async function lastLines(logs: Storage, path: string, count: number): Promise<readonly string[]> {
  const stored = await logs.stream(path)
  if (!stored) return []
  const raw = Readable.from(stored.chunks)
  const decoder = new StringDecoder('utf8')
  let tail: readonly string[] = ['']
  for await (const chunk of path.endsWith('.gz') ? raw.compose(createGunzip()) : raw) {
    const [rest = '', ...more] = decoder.write(chunk as Buffer).split('\n')
    tail = [...tail.slice(0, -1), `${tail.at(-1)}${rest}`, ...more].slice(-count - 1)
  }
  return (tail.at(-1) === '' ? tail.slice(0, -1) : tail).slice(-count).map(redact)
}
