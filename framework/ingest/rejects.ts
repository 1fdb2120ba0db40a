import { gzipSync } from 'node:zlib'
import * as z from 'zod'
import { LakeError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'
import { unpackText } from '../storage/unpack.ts'
import { printableLine } from '../text/printable.ts'

/** Of the file, and of what it unpacks to, which has to be one string. */
const MOST_PACKED_BYTES = 256 * 1024 * 1024
const MOST_BYTES = 500 * 1024 * 1024

/** A line that is not a row of its source, and why. */
export interface RejectedLine {
  /** Relative to the source's root. */
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly reason: string
  readonly text: string
}

const schema = z.looseObject({ file: z.string(), line: z.int().min(0), reason: z.string(), text: z.string() })

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
  const lost = (how: string, cause?: unknown) =>
    new LakeError(
      'corrupt-table',
      `${lake.uri}/${printableLine(path)}, which keeps the refused lines of ${asset}, ${how}. ` +
        `Run lake materialize ${asset} --full to read the source anew.`,
      { asset, cause },
    )
  if (!path.startsWith(`_lake/sources/${asset}/`)) throw lost('is not a file of this source')
  const stored = await lake.read(path, MOST_PACKED_BYTES)
  if (!stored) throw lost('is missing')
  try {
    const lines = unpackText(stored.body, MOST_BYTES).split('\n')
    return lines.filter((line) => line !== '').map((line) => schema.parse(JSON.parse(line)))
  } catch (cause) {
    throw lost('is damaged', cause)
  }
}
