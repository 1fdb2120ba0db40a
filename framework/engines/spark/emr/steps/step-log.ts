import { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip } from 'node:zlib'
import type { Storage } from '../../../../storage/storage.ts'
import { redact } from '../../../../text/redact.ts'

export interface LogTail {
  /** Relative to the log URI. */
  readonly file: string
  /** The last ones, in order. */
  readonly lines: readonly string[]
}

/** A Python error is in stdout, as spark-submit joins the two streams; what Spark and YARN say is in stderr. */
const WORTH_READING = ['stdout', 'stderr']

/**
 * The ends of what the step printed; none where nothing was uploaded yet, which takes minutes, or nothing can be read. `logs` is the storage at
 * the cluster's log URI. For people to read: nothing may be concluded from it.
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
      if (!WORTH_READING.some((name) => path.split('/').at(-1)?.startsWith(name))) continue
      const tail = await lastLines(logs, path, lines)
      if (tail.length > 0) tails.push({ file: path, lines: tail })
    }
  } catch {
    return tails
  }
  return tails.sort((a, b) => place(a) - place(b))
}

const place = ({ file }: LogTail): number => WORTH_READING.findIndex((name) => file.split('/').at(-1)?.startsWith(name))

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
