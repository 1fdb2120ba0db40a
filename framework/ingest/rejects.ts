import { gunzipSync, gzipSync } from 'node:zlib'
import { LakeError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'

/** A line that is not a row of its source, and why. */
export interface RejectedLine {
  /** Relative to the source's root. */
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly reason: string
  readonly text: string
}

/**
 * Where the refused lines of a source's last read are kept, relative to the lake, if that read published nothing for having too many of them.
 * Replaced by the next such read, removed by one that goes well.
 */
export const failedReadPath = (source: string): string => `_lake/sources/${source}/failed-read.ndjson.gz`

const MOST_KEPT = 1_000
const MOST_TEXT = 4 * 2 ** 20

/** The first of the lines: so many as serve to see what is wrong, and no more than 1,000 of them with 4 Mi characters in all. */
export function firstRejects(rejects: readonly RejectedLine[]): readonly RejectedLine[] {
  let room = MOST_TEXT
  const kept: RejectedLine[] = []
  for (const reject of rejects) {
    room -= reject.text.length
    if (room < 0 || kept.length === MOST_KEPT) break
    kept.push(reject)
  }
  return kept
}

/** Compressed newline-delimited JSON, a refused line a line. */
export function encodeRejects(rejects: readonly RejectedLine[]): Uint8Array {
  return gzipSync(rejects.map((reject) => `${JSON.stringify(reject)}\n`).join(''), { level: 1 })
}

/** Throws `corrupt-table` where the file is missing or damaged. */
export async function readRejects(lake: Storage, path: string, asset: string): Promise<readonly RejectedLine[]> {
  const stored = await lake.read(path)
  const lost = (cause?: unknown) =>
    new LakeError(
      'corrupt-table',
      `${lake.uri}/${path}, which keeps the refused lines of ${asset}, ${stored ? 'is damaged' : 'is missing'}. ` +
        `Run lake materialize ${asset} --full to read the source anew.`,
      { asset, cause },
    )
  if (!stored) throw lost()
  try {
    const lines = gunzipSync(stored.body).toString('utf8').split('\n')
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as RejectedLine)
  } catch (cause) {
    throw lost(cause)
  }
}
