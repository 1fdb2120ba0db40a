/** Stores the rejected lines of a source. */
import { gzipSync } from 'node:zlib'
import * as z from 'zod'
import { LakeError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'
import { unpackText } from '../storage/unpack.ts'
import { printableLine } from '../text/printable.ts'
import { sourceDirectory } from './source-directory.ts'

/**
 * Maximum sizes of the file and of its unpacked text, in bytes. The text has to fit in one string.
 */
const MAX_PACKED_BYTES = 256 * 1024 * 1024
const MAX_BYTES = 500 * 1024 * 1024

/** A line that is not a row of its source, and the reason. */
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
 * The path, relative to the lake, of the rejected lines of a read that published nothing because
 * they were too many. The next such read replaces the file, and the next good read removes it.
 */
export const failedReadPath = (source: string): string => `${sourceDirectory(source)}/failed-read.ndjson.gz`

const MAX_KEPT = 1_000
const MAX_TEXT = 4 * 2 ** 20

/**
 * The first lines, which show what is wrong: at most 1,000 of them, with at most 4 Mi characters in
 * total.
 */
export function firstRejects(rejects: readonly RejectedLine[]): readonly RejectedLine[] {
  let room = MAX_TEXT
  const kept: RejectedLine[] = []
  for (const reject of rejects) {
    room -= reject.text.length
    if (room < 0 || kept.length === MAX_KEPT) break
    kept.push(reject)
  }
  return kept
}

/**
 * The content of the file that `readRejects` reads: compressed newline-delimited JSON, one rejected
 * line per line.
 */
export function encodeRejects(rejects: readonly RejectedLine[]): Uint8Array {
  return gzipSync(rejects.map((reject) => `${JSON.stringify(reject)}\n`).join(''), { level: 1 })
}

/** Throws `corrupt-table` if the file is missing or damaged. */
export async function readRejects(lake: Storage, path: string, asset: string): Promise<readonly RejectedLine[]> {
  const lost = (how: string, cause?: unknown) =>
    new LakeError('corrupt-table', {
      problem: `${lake.uri}/${printableLine(path)}, which holds the rejected lines of ${asset}, ${how}`,
      remedy: `Run lake materialize ${asset} --full to read the source again.`,
      asset,
      cause,
    })
  if (!path.startsWith(`${sourceDirectory(asset)}/`)) throw lost('is not a file of this source')
  const stored = await lake.read(path, MAX_PACKED_BYTES)
  if (!stored) throw lost('is missing')
  try {
    const lines = unpackText(stored.body, MAX_BYTES).split('\n')
    return lines.filter((line) => line !== '').map((line) => schema.parse(JSON.parse(line)))
  } catch (cause) {
    throw lost('is damaged', cause)
  }
}
