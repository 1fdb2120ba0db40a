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
