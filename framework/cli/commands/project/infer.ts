/** Runs `lake infer`: prints the declaration of a source, from its files. */
import { basename, dirname } from 'node:path'
import { typeName } from '../../../declare/columns.ts'
import { DEFAULT_PATTERNS, delta } from '../../../declare/format/file-format.ts'
import { formatWords } from '../../../declare/reading/value-format.ts'
import { isOutsideTable, readOutsideTable } from '../../../delta/outside/outside-table.ts'
import { LakeError } from '../../../errors.ts'
import * as api from '../../../index.ts'
import { constantName, declareSource, keyFor } from '../../../infer/declare-source.ts'
import { inferDelta } from '../../../infer/delta-columns.ts'
import { USUAL_PATTERNS } from '../../../infer/format/guess-format.ts'
import { type InferredSource, SourceInference } from '../../../infer/infer-source.ts'
import type { NamedFormat } from '../../../infer/inferred-records.ts'
import { inferParquet } from '../../../infer/parquet-columns.ts'
import { formatOf, readRecords } from '../../../infer/read-records.ts'
import { withBooleans } from '../../../infer/text-booleans.ts'
import { sortSourceFiles } from '../../../observe/sources/source-files.ts'
import { openStorage } from '../../../storage/open-storage.ts'
import { PackedFiles } from '../../../storage/packed-files.ts'
import type { Storage, StoredFile } from '../../../storage/storage.ts'
import { printableLine } from '../../../text/printable.ts'
import type { CommandContext, ExitStatus } from '../../context.ts'
import { isLocalFile, parseLocation } from '../../project/location.ts'

interface InferValues {
  readonly place: string
  /** The default is the name of the directory or file. */
  readonly key?: string
  readonly pattern?: string
  /** Number of files to read; all if undefined. */
  readonly sample?: number
}

export async function inferCommand({ terminal }: CommandContext, values: InferValues): Promise<ExitStatus> {
  const uri = parseLocation({ what: 'PLACE', written: values.place, base: terminal.cwd })
  const { declaration, constant: _constant, directory: _, ...inferred } = await inferPlace(uri, values)
  terminal.print({
    document: () => ({ ...document(inferred), declaration }),
    text: () => declaration,
    quotesData: true,
  })
  return 0
}

interface InferredPlace extends InferredSource {
  readonly key: string
  /** The name of the constant that the declaration exports. */
  readonly constant: string
  /** Where its files are. */
  readonly directory: string
  /** Number of files, and of those that were read. */
  readonly files: number
  readonly filesRead: number
  /** The text of a file that exports the source. */
  readonly declaration: string
}

/** A file stands for its directory, with its name as the pattern. */
function filesAt(place: string, options: Omit<InferValues, 'place'>) {
  const name = basename(place)
  if (!isLocalFile(place)) return { uri: place, name, options }
  const pattern = options.pattern ?? name.replaceAll(/[\\*?[\]{}()|!@+]/g, '\\$&')
  return { uri: dirname(place), name: name.replace(/(?<=.)\..*/, ''), options: { ...options, pattern } }
}

/** The names that files of assets import from lake. */
const API: ReadonlySet<string> = new Set(Object.keys(api))

/** Throws `source-missing` if no file matches, and `source-broken` if no line can be a row. */
export async function inferPlace(place: string, given: Omit<InferValues, 'place'>): Promise<InferredPlace> {
  const { uri, name, options } = filesAt(place, given)
  const storage = openStorage(uri)
  const key = options.key ?? keyFor(name)
  if (options.pattern === undefined && (await isOutsideTable(storage))) return inferTable(storage, key)
  const listed = await storage.list('')
  const { files, pattern, ignored } = matchingFiles(listed, options.pattern)
  if (files.length === 0) throw noFiles(uri, pattern, listed)
  const read = sampled(files, options.sample ?? files.length)
  const { format, names, remarks } = await formatOf(storage, read)
  const inferred =
    format.kind === 'parquet' ? await inferParquet(storage, read) : await inferRecords(storage, read, { format, names })
  if (inferred.columns.length === 0) throw noColumns(uri, inferred)
  const some = read.length === files.length ? '' : `${read.length} of `
  const origin = `${some}${files.length} ${files.length === 1 ? 'file' : 'files'}`
  const declared = pattern === DEFAULT_PATTERNS[format.kind] ? undefined : pattern
  const constant = constantName(key, API)
  const about = { origin, remarks, others: ignored }
  const declaration = declareSource({ key, constant, format, pattern: declared, inferred, ...about })
  return { ...inferred, key, constant, directory: uri, files: files.length, filesRead: read.length, declaration }
}

/** Reads the log of a Delta table, and none of its files. */
async function inferTable(storage: Storage, key: string): Promise<InferredPlace> {
  const table = await readOutsideTable(storage, key)
  const inferred = inferDelta(table)
  if (inferred.columns.length === 0) throw noColumns(storage.uri, inferred)
  const files = table.files.size
  const origin = `Version ${table.version} of a Delta table: ${files} ${files === 1 ? 'file' : 'files'}`
  const constant = constantName(key, API)
  const declaration = declareSource({ key, constant, origin, format: delta(), pattern: undefined, inferred })
  return { ...inferred, key, constant, directory: storage.uri, files, filesRead: 0, declaration }
}

async function inferRecords(
  storage: Storage,
  files: readonly StoredFile[],
  named: NamedFormat,
): Promise<InferredSource> {
  const inference = new SourceInference()
  await readRecords(storage, { files, ...named }, (text, place, why) => inference.take(text, place, why))
  return named.format.kind === 'csv' ? withBooleans(inference.result) : inference.result
}

/** The files that the pattern selects, or the first usual pattern that selects any. */
function matchingFiles(listed: readonly StoredFile[], given: string | undefined) {
  for (const pattern of given === undefined ? USUAL_PATTERNS : [given]) {
    const { files, ignored } = sortSourceFiles(PackedFiles.of(listed), pattern)
    if (files.count > 0) return { files: files.list(), pattern, ignored }
  }
  return { files: [], pattern: given ?? USUAL_PATTERNS.join(', '), ignored: { count: 0, examples: [] } }
}

/** Files at even distances, with the first and the last. */
function sampled(files: readonly StoredFile[], wanted: number): readonly StoredFile[] {
  if (wanted >= files.length) return files
  const step = wanted === 1 ? 0 : (files.length - 1) / (wanted - 1)
  return Array.from({ length: wanted }, (_, index) => files[Math.round(index * step)]).filter((file) => !!file)
}

function document({
  key,
  files,
  filesRead,
  lines,
  refused,
  columns,
  leftOut,
  unique,
}: Omit<InferredPlace, 'declaration' | 'constant' | 'directory'>) {
  const declared = columns.map(({ name, key, type, format, nullable }) => ({
    ...{ name, type: typeName(type), nullable },
    ...(key !== undefined && { from: key }),
    ...(format && { format: formatWords(format) }),
  }))
  return { key, files, filesRead, lines: lines ?? null, refused: refused.lines, columns: declared, leftOut, unique }
}

/** Maximum number of files to name that match no pattern. */
const SOME = 3

function noFiles(uri: string, pattern: string, listed: readonly StoredFile[]): LakeError {
  const some = listed.slice(0, SOME).map(({ path }) => printableLine(path))
  const others = listed.length > SOME ? ', ...' : ''
  return new LakeError('source-missing', {
    problem: `there are no files that match ${pattern} in ${uri}${some.length > 0 ? `, only ${some.join(', ')}${others}` : ''}`,
    remedy:
      'Name the directory of the files; `lake infer PLACE --pattern PATTERN` takes other names of JSON and CSV. Text lines need a pattern of their own, which `lake help formats` explains.',
  })
}

function noColumns(uri: string, { refused, leftOut }: InferredSource): LakeError {
  const [first] = leftOut
  if (first) {
    const key = printableLine(JSON.stringify(first.key))
    const more = leftOut.length > 1 ? `, and ${leftOut.length - 1} more` : ''
    return new LakeError('source-broken', {
      problem: `no column of the files in ${uri} can be declared: ${key}, because ${printableLine(first.why)}${more}`,
      remedy: 'Put files of one kind into a directory of their own, or name some of them with --pattern.',
    })
  }
  const { first: none, why } = refused
  const place = none && `${printableLine(none.file)}${none.line === 0 ? '' : `:${none.line}`}`
  const at = none ? ` The first record that is not is ${place}${why === undefined ? '' : ` (${why})`}.` : ''
  return new LakeError('source-broken', {
    problem: `no record of the files in ${uri} is an object with a key that can be a column`,
    remedy: `lake reads lines of JSON, JSON documents, delimited text, Parquet and Delta tables.${at}`,
  })
}
