/** Reads the lines of a source's files as the ingest does. */
import { Buffer, isUtf8 } from 'node:buffer'
import type { LineBlock } from '../ingest/pack/line-blocks.ts'
import { LINE_LIMITS } from '../ingest/pack/packer.ts'
import { blocksOf, readAhead } from '../ingest/pack/read-ahead.ts'
import type { Storage, StoredFile } from '../storage/storage.ts'
import type { LinePlace } from './infer-source.ts'

/** Calls `take` with each line; `text` is undefined if the line is not UTF-8 or is too long. */
export async function readLines(
  storage: Storage,
  files: readonly StoredFile[],
  take: (text: string | undefined, place: LinePlace) => void,
): Promise<void> {
  for await (const opened of readAhead(storage, files)) {
    const file = opened.file.path
    let line = 0
    for await (const block of blocksOf(opened, LINE_LIMITS)) {
      for (const text of textsOf(block)) take(line === 0 ? withoutMark(text) : text, { file, line: ++line })
    }
  }
}

function textsOf({ kind, bytes }: LineBlock): readonly (string | undefined)[] {
  if (kind === 'too-long') return [undefined]
  // Latin 1 keeps each byte, so that a line that is not UTF-8 spoils no other.
  if (!isUtf8(bytes)) return linesOf(bytes.toString('latin1')).map(utf8Text)
  return linesOf(bytes.toString())
}

function utf8Text(latin1: string): string | undefined {
  const bytes = Buffer.from(latin1, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : undefined
}

function linesOf(text: string): readonly string[] {
  const lines = text.split('\n')
  if (text.endsWith('\n')) lines.pop()
  return lines.map(withoutReturn)
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)

const withoutMark = (text: string | undefined): string | undefined =>
  text?.startsWith('\ufeff') ? text.slice(1) : text
