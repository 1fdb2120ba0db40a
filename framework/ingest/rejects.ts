import { gzipSync } from 'node:zlib'
import * as z from 'zod'
import { LakeError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'
import { unpackText } from '../storage/unpack.ts'

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

/** Compressed newline-delimited JSON, a refused line a line. */
export function encodeRejects(rejects: readonly RejectedLine[]): Uint8Array {
  return gzipSync(rejects.map((reject) => `${JSON.stringify(reject)}\n`).join(''), { level: 1 })
}

/** Throws `corrupt-table` where the file is missing or damaged. */
export async function readRejects(lake: Storage, path: string, asset: string): Promise<readonly RejectedLine[]> {
  const lost = (how: string, cause?: unknown) =>
    new LakeError(
      'corrupt-table',
      `${lake.uri}/${path}, which keeps the refused lines of ${asset}, ${how}. ` +
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
