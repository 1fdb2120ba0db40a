/** Stores the rejected lines of a source. */
import { gzipSync } from 'node:zlib'
import * as z from 'zod'
import { LakeError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'
import { MIB } from '../storage/units.ts'
import { unpackText } from '../storage/unpack-text.ts'
import { printableLine } from '../text/printable.ts'
import { sourceDirectory } from './source-directory.ts'

/**
 * Maximum sizes of the file and of its unpacked text, in bytes. The text has to fit in one string.
 */
const MAX_PACKED_BYTES = 256 * MIB
const MAX_BYTES = 500 * MIB

/** The line of a reject that is a whole file. */
export const WHOLE_FILE = 0

/** A record that is not a row of its source, and the reason. In most formats a record is a line. */
export interface RejectedLine {
  /** Relative to the source's root. */
  readonly file: string
  /** The line on which it begins, from 1; 0 if the file is refused as a whole. */
  readonly line: number
  /** The number of the record, from 1. Missing if records are lines. */
  readonly record?: number
  readonly reason: string
  readonly text: string
}

/** Names the place of a reject: `x.csv:17 (record 16)`, or the file alone. */
export const placeOf = ({ file, line, record }: RejectedLine): string =>
  line === WHOLE_FILE ? file : `${file}:${line}${record === undefined ? '' : ` (record ${record})`}`

const schema = z.looseObject({
  file: z.string(),
  line: z.int().min(0),
  record: z.int().min(1).optional(),
  reason: z.string(),
  text: z.string(),
}) as unknown as z.ZodType<RejectedLine>

/**
 * The path, relative to the lake, of the rejected lines of a read that published nothing because
 * they were too many. The next such read replaces the file, and the next successful read removes
 * it.
 */
export const failedReadPath = (source: string): string => `${sourceDirectory(source)}/failed-read.ndjson.gz`

const MAX_KEPT = 1_000
const MAX_TEXT = 4 * MIB

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
      remedy: `Run \`lake materialize ${asset} --full\` to read the source again.`,
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
