/** Parses lines with each parser of lake, so that tests can compare the results. */
import { Buffer } from 'node:buffer'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ColumnType } from '../../../framework/declare/columns.ts'
import type { UnknownKeys } from '../../../framework/declare/definition.ts'
import { lineColumn } from '../../../framework/engines/spark/protocol/job-requests.ts'
import type { KeyKind } from '../../../framework/expression/value-type.ts'
import type { FileKeys } from '../../../framework/ingest/keys/file-keys.ts'
import { items, members } from '../../../framework/ingest/lines/json-members.ts'
import type { LineColumn } from '../../../framework/ingest/lines/line-columns.ts'
import { packFiles } from '../../../framework/ingest/pack/pack.ts'
import { withoutZeros } from '../tpch/plain-rows.ts'
import { listed, memoryStorage } from './memory-storage.ts'

/** The rows and rejects of a file. A value is its Python type and its text, such as `int 5`. */
export interface ParsedFile {
  readonly rows: readonly (readonly [line: number, ...values: (string | null)[]])[]
  readonly rejects: readonly (readonly [line: number, reason: string, text: string])[]
  readonly keys: FileKeys | null
}

/** A file size above which lake streams the file. */
const STREAMED = 2 ** 30

export interface ParsedAs {
  readonly chunkBytes?: number | undefined
  readonly unknownKeys?: UnknownKeys | undefined
}

/**
 * Parses by the rules of framework/ingest, and reads the rows back from the packed file.
 * `chunkBytes` makes lake stream the file.
 */
export async function parsedByPacking(
  columns: readonly LineColumn[],
  content: Uint8Array,
  { chunkBytes, unknownKeys }: ParsedAs = {},
): Promise<ParsedFile> {
  const directory = mkdtempSync(join(tmpdir(), 'lake-parsed-'))
  try {
    const storage = memoryStorage({ f: content }, chunkBytes)
    const files = listed(['f'], chunkBytes === undefined ? content.length : STREAMED)
    const batches = packFiles({
      ...{ storage, files, columns, directory, batchBytes: STREAMED },
      ...(unknownKeys && { unknownKeys }),
    })
    const rows: ParsedFile['rows'][number][] = []
    const rejects: ParsedFile['rejects'][number][] = []
    let keys: FileKeys | null = null
    for await (const batch of batches) {
      rows.push(...readFileSync(batch.path, 'utf8').split('\n').slice(0, -1).map(rowReader(columns)))
      for (const file of batch.files) keys = file.keys ?? null
      rejects.push(...batch.rejects.map(({ line, reason, text }) => [line, withoutParserWords(reason), text] as const))
    }
    return { rows, rejects, keys }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function withoutParserWords(reason: string): string {
  return reason.replace(/^not JSON: .*?( \(text cut at 65,536 characters\))?$/s, 'not JSON$1')
}

function rowReader(columns: readonly LineColumn[]): (packed: string) => ParsedFile['rows'][number] {
  return (packed) => {
    const sources = members(packed)
    const values = columns.map(({ packed: member, type, emptyIsNull }) => {
      const source = sources.get(member) ?? 'null'
      return emptyIsNull && source === '""' ? null : writtenValue(type, source)
    })
    return [Number(sources.get('_line')), ...values]
  }
}

function writtenValue(type: ColumnType, packed: string): string | null {
  if (packed === 'null') return null
  switch (type.kind) {
    case 'text':
      return `str ${JSON.parse(packed)}`
    case 'boolean':
      return `bool ${packed === 'true' ? 'True' : 'False'}`
    case 'int':
    case 'bigint':
      return `int ${BigInt(packed)}`
    case 'double':
      return `float ${bitsOf(Number(JSON.parse(packed)))}`
    case 'decimal':
      return `Decimal ${withoutZeros(String(JSON.parse(packed)))}`
    case 'date':
      return `date ${JSON.parse(packed)}`
    case 'timestamp':
      return `datetime ${microseconds(JSON.parse(packed))}`
    case 'binary':
      return `bytes ${hexOf(JSON.parse(packed))}`
    case 'array':
      return `list [${items(packed)
        .map((item) => writtenValue(type.element, item) ?? 'None')
        .join(', ')}]`
    case 'map': {
      const parts = Array.from(members(packed), ([key, value]) => {
        const quoted = isText(type.key.kind) ? JSON.stringify(key) : key
        return `tuple [${writtenValue(type.key, quoted)}, ${writtenValue(type.value, value) ?? 'None'}]`
      })
      return `list [${parts.join(', ')}]`
    }
    case 'struct': {
      const values = members(packed)
      const parts = type.fields.map((field) => writtenValue(field.type, values.get(field.name) ?? 'null') ?? 'None')
      return `tuple [${parts.join(', ')}]`
    }
  }
}

/** The hexadecimal digits of packed bytes, as DuckDB reads them: `A\\xFF` is 41ff. */
const hexOf = (text: string): string =>
  text.replaceAll(/\\x(..)|[\s\S]/g, (character, digits?: string) =>
    (digits ?? character.charCodeAt(0).toString(16)).toLowerCase(),
  )

const isText = (key: KeyKind): boolean => key === 'text' || key === 'date'

function bitsOf(number: number): string {
  if (Number.isNaN(number)) return '7ff8000000000000'
  const bits = Buffer.alloc(8)
  bits.writeDoubleBE(number)
  return bits.toString('hex')
}

function microseconds(text: string): bigint {
  const [, second = '', fraction = '', zone = ''] = /^(.{19})(?:\.(\d+))?(.+)$/.exec(text) ?? []
  return BigInt(Date.parse(second + zone)) * 1000n + BigInt(fraction.padEnd(6, '0'))
}

/** Parses files by the rules of the Spark job. */
export interface PythonParser {
  readonly parse: (
    columns: readonly LineColumn[],
    content: Uint8Array,
    unknownKeys?: UnknownKeys,
  ) => Promise<ParsedFile>
  readonly end: () => Promise<void>
}

/** Starts a process that parses one file after another. */
export function startPythonParser(): PythonParser {
  const child = spawn('python3', [fileURLToPath(new URL('./parse_lines.py', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    parse: async (columns, content, unknownKeys = 'ignore') => {
      const asked = { columns: columns.map(lineColumn), unknown_keys: unknownKeys }
      child.stdin.write(`${JSON.stringify({ ...asked, content: Buffer.from(content).toString('base64') })}\n`)
      const { value, done } = await answers.next()
      if (done) throw new Error('parse_lines.py has ended: it says why above')
      return JSON.parse(value)
    },
    end: async () => {
      child.stdin.end()
      await ended
    },
  }
}

/**
 * Whether Python 3 is installed. If not, the tests that need Python are skipped with a line that
 * says so. If CI is set, a missing Python is an error.
 */
export function hasPython(): boolean {
  if (spawnSync('python3', ['--version']).status === 0) return true
  if (process.env.CI)
    throw new Error('python3 is not installed, and with CI set the tests that need it cannot be skipped')
  process.stderr.write('\nSKIPPED: python3 is not installed, so the line rules of the Spark job are not tried.\n\n')
  return false
}
