/** Writes records in the formats of sources, with writers of other programs. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export type WrittenValue =
  | string
  | number
  | boolean
  | null
  | readonly WrittenValue[]
  | { readonly [name: string]: WrittenValue }
export type WrittenRow = Readonly<Record<string, WrittenValue>>

export interface FormatFile {
  readonly path: string
  readonly format: 'csv' | 'json-lines' | 'concatenated' | 'pretty' | 'array' | 'envelope' | 'parquet'
  readonly rows: readonly WrittenRow[]
  readonly options?: Readonly<Record<string, unknown>>
  readonly compression?: 'gzip' | 'gzip-members' | 'zstd' | 'bzip2'
  readonly encoding?: string
}

export interface FormatWriter {
  readonly write: (file: FormatFile) => Promise<void>
  readonly end: () => Promise<void>
}

/** Starts one process that writes one file after another. */
export function startFormatWriter(program: string): FormatWriter {
  const script = fileURLToPath(new URL('../python/write_formats.py', import.meta.url))
  const child = spawn(program, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    write: async (file) => {
      child.stdin.write(`${JSON.stringify(file)}\n`)
      if ((await answers.next()).done) throw new Error('write_formats.py has ended: it says why above')
    },
    end: async () => {
      child.stdin.end()
      await ended
    },
  }
}
