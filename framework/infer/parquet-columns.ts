/** Infers the columns of a source from the footers of its Parquet files. */
import { type ColumnType, isKey, typeName } from '../declare/columns.ts'
import { type FileField, type FileType, fileTypeName, withoutJson } from '../ingest/parquet/file-type.ts'
import { type Footer, MAX_FOOTER_BYTES, readFooter } from '../ingest/parquet/footer.ts'
import { withBytes } from '../ingest/parquet/local-bytes.ts'
import { FileRefused } from '../ingest/refused-file.ts'
import type { Storage, StoredFile } from '../storage/storage.ts'
import { canName, columnName } from './column-name.ts'
import type { InferredColumn, InferredSource, LeftOutKey, LinePlace } from './infer-source.ts'
import { ANY_DOUBLE, type InferredType } from './infer-type.ts'

/** Maximum number of columns that are declared. */
const MAX_COLUMNS = 1_000
const MAX_PRECISION = 38
/** Digits of the greatest integers of 64 bits, without a sign and with one. */
const UNSIGNED_DIGITS = 20
const SIGNED_DIGITS = 19
/** Maximum number of digits of a decimal that a double can hold. */
const DOUBLE_DIGITS = 15

/** A column, as it is in all files that contain it. */
interface SeenColumn {
  readonly types: Map<string, FileType>
  /** Whether a file can contain nulls in it. */
  nullable: boolean
  nulls: number
  /** Number of rows in the files that have it. */
  rows: number
}

/** Reads no values: the footers contain types and numbers of nulls. */
export async function inferParquet(storage: Storage, files: readonly StoredFile[]): Promise<InferredSource> {
  const seen = new Map<string, SeenColumn>()
  let [rows, refused] = [0, 0]
  let firstRefused: LinePlace | undefined
  for (const file of files) {
    try {
      const footer = await footerOf(storage, file)
      rows += footer.rows
      if (footer.rows > 0) note(seen, footer)
    } catch (error) {
      if (!(error instanceof FileRefused)) throw error
      refused++
      firstRefused ??= { file: file.path, line: 0 }
    }
  }
  return { lines: rows, refused: { lines: refused, first: firstRefused }, unique: [], ...declared(seen, rows) }
}

/** Reads a local file in place. Of a remote file, keeps only the end. */
async function footerOf(storage: Storage, { path }: StoredFile): Promise<Footer> {
  if (storage.localRoot !== undefined) return withBytes(storage.locate(path), readFooter)
  const stream = await storage.stream(path)
  if (!stream) throw new FileRefused('it disappeared')
  const { size, chunks } = stream
  let begins = Buffer.alloc(0)
  const kept: Buffer[] = []
  let length = 0
  for await (const chunk of chunks) {
    if (begins.length < BEGINNING) begins = Buffer.concat([begins, chunk.subarray(0, BEGINNING)])
    kept.push(Buffer.from(chunk))
    length += chunk.length
    while (length - (kept[0]?.length ?? 0) > 2 * MAX_FOOTER_BYTES) length -= kept.shift()?.length ?? 0
  }
  const end = Buffer.concat(kept)
  const slice = async (start: number, stop = size) => {
    const bytes =
      stop <= BEGINNING ? begins.subarray(start, stop) : end.subarray(start - size + length, stop - size + length)
    return Uint8Array.from(bytes).buffer
  }
  return readFooter({ byteLength: size, slice })
}

const BEGINNING = 4

function note(seen: Map<string, SeenColumn>, { rows, fields, nulls }: Footer): void {
  for (const { name, type, nullable } of fields) {
    const column = seen.get(name) ?? { types: new Map(), nullable: false, nulls: 0, rows: 0 }
    seen.set(name, column)
    column.types.set(JSON.stringify(type), type)
    column.nullable ||= nullable && nulls.get(name) !== 0
    column.nulls += nulls.get(name) ?? 0
    column.rows += rows
  }
}

/** The columns of one schema, if nothing is known about their values. */
export const columnsOfFields = (fields: readonly FileField[]): Pick<InferredSource, 'columns' | 'leftOut'> =>
  declared(
    new Map(
      fields.map(({ name, type, nullable }) => [name, { types: new Map([['', type]]), nullable, nulls: 0, rows: 0 }]),
    ),
    0,
  )

function declared(seen: ReadonlyMap<string, SeenColumn>, rows: number): Pick<InferredSource, 'columns' | 'leftOut'> {
  const columns: InferredColumn[] = []
  const leftOut: LeftOutKey[] = []
  const names = new Set(['_file', '_line'])
  for (const [key, column] of seen) {
    const types = [...column.types.values()]
    const read = types.map(typeRead).reduce(common)
    if ('why' in read) {
      leftOut.push({
        key,
        why: types.length === 1 ? read.why : `files have ${types.map(fileTypeName).join(', and others ')}`,
      })
      continue
    }
    if (columns.length === MAX_COLUMNS) {
      leftOut.push({ key: '…', why: `there are more than ${MAX_COLUMNS} columns` })
      break
    }
    const name = columnName(key, names)
    names.add(name.toLowerCase())
    const missing = rows - column.rows
    const nullable = missing > 0 || column.nullable
    const isNull = types.every(({ kind }) => kind === 'null')
    const values = { ...NO_VALUES, nulls: column.nulls, few: isNull ? [] : undefined }
    columns.push({ name, ...(name !== key && { key }), ...read, nullable, values, missing })
  }
  return { columns, leftOut }
}

const NO_VALUES = {
  holds: [],
  punctuated: [],
  members: [],
  numbers: 0,
  strings: 0,
  nested: 0,
  isLocalTime: false,
  offsets: 0,
  isSpecialNumber: false,
  timePatterns: [],
  empty: 0,
  number: undefined,
} as const

type Read = InferredType | { readonly why: string }

const JSON_TEXT: InferredType = { type: { kind: 'text' }, format: { kind: 'json' } }
const LOCAL: InferredType = { type: { kind: 'timestamp' }, format: { kind: 'time', time: { zone: 'UTC' } } }
const NOTHING: InferredType = { type: { kind: 'text' } }

/** The declaration that takes every value of the type. */
function typeRead(type: FileType): Read {
  switch (type.kind) {
    case 'integer':
      if (type.bits < 32 || (type.bits === 32 && type.isSigned)) return { type: { kind: 'int' } }
      return type.bits === 64 && !type.isSigned
        ? { type: { kind: 'decimal', precision: UNSIGNED_DIGITS, scale: 0 } }
        : { type: { kind: 'bigint' } }
    case 'float':
    case 'double':
      return ANY_DOUBLE
    case 'boolean':
    case 'date':
    case 'binary':
      return { type: { kind: type.kind } }
    case 'decimal':
      return { type }
    case 'timestamp':
      return type.isMoment ? { type: { kind: 'timestamp' } } : LOCAL
    case 'text':
    case 'uuid':
      return { type: { kind: 'text' } }
    case 'json':
      return JSON_TEXT
    case 'null':
      return NOTHING
    case 'other':
      return { why: `it holds ${fileTypeName(type)}` }
    case 'list':
    case 'struct':
    case 'map':
      return nestedRead(type)
  }
}

/** An array, a struct or a map if it has a declaration, else the text of its JSON. */
function nestedRead(type: FileType): Read {
  const nested = nestedType(type)
  if (nested) return { type: nested }
  return withoutJson(type) ? { why: `it holds ${fileTypeName(type)}` } : JSON_TEXT
}

function nestedType(type: FileType): ColumnType | undefined {
  if (type.kind === 'list') {
    const element = nestedType(type.element.type)
    return element && { kind: 'array', element, nullable: type.element.nullable }
  }
  if (type.kind === 'struct') {
    const fields = type.fields.map(structField).filter((field) => field !== undefined)
    const folded = new Set(fields.map(({ name }) => name.toLowerCase()))
    return folded.size === type.fields.length ? { kind: 'struct', fields } : undefined
  }
  if (type.kind === 'map') {
    const [key, value] = [nestedType(type.key.type), nestedType(type.value.type)]
    return key && value && isKey(key) ? { kind: 'map', key, value, nullable: type.value.nullable } : undefined
  }
  const read = typeRead(type)
  const isPlain = read && 'type' in read && (!read.format || read.format.kind === 'special-numbers')
  return isPlain ? read.type : undefined
}

function structField({ name, type, nullable }: FileField) {
  const inner = canName(name) ? nestedType(type) : undefined
  return inner && { name, type: inner, nullable }
}

/** The declaration that accepts the values of both. */
function common(one: Read, other: Read): Read {
  if ('why' in one) return one
  if ('why' in other) return other
  if (one === NOTHING || other === NOTHING) return one === NOTHING ? other : one
  if (describe(one) === describe(other)) return one
  return widened(one, other) ?? widened(other, one) ?? { why: 'files differ' }
}

const describe = ({ type, format }: InferredType): string => `${typeName(type)} ${JSON.stringify(format)}`

/** The first type, if it accepts the values of the second. */
function widened(wide: InferredType, narrow: InferredType): InferredType | undefined {
  const [to, from] = [wide.type, narrow.type]
  switch (to.kind) {
    case 'bigint':
      return from.kind === 'int' ? wide : undefined
    case 'double':
      if (from.kind === 'decimal') return from.precision <= DOUBLE_DIGITS ? wide : undefined
      return from.kind === 'int' || from.kind === 'bigint' ? wide : undefined
    case 'decimal':
      return from.kind === 'decimal' || from.kind === 'int' || from.kind === 'bigint' ? decimalOf(to, from) : undefined
    case 'timestamp':
      return wide === LOCAL && from.kind === 'timestamp' ? wide : undefined
    case 'text':
      return wide.format || narrow.format || !['text', 'int', 'bigint', 'decimal'].includes(from.kind)
        ? undefined
        : wide
    default:
      return undefined
  }
}

function decimalOf(to: ColumnType & { readonly kind: 'decimal' }, from: ColumnType): InferredType | undefined {
  const { precision, scale } = from.kind === 'decimal' ? from : { precision: SIGNED_DIGITS, scale: 0 }
  const after = Math.max(to.scale, scale)
  const digits = Math.max(to.precision - to.scale, precision - scale) + after
  return digits <= MAX_PRECISION ? { type: { kind: 'decimal', precision: digits, scale: after } } : undefined
}
