/** Writes the declaration of an inferred source as TypeScript, with the evidence as comments. */
import type { ColumnType } from '../declare/columns.ts'
import type { FileFormat } from '../declare/format/file-format.ts'
import { writtenPlace } from '../declare/reading/value-place.ts'
import { count, counted } from '../text/counted.ts'
import { commentText, typescriptText } from './declared-text.ts'
import { formatCall } from './format/format-call.ts'
import type { InferredColumn, InferredSource } from './infer-source.ts'
import { MAX_DIGITS, SPARE_DIGITS } from './infer-type.ts'
import type { NotedValues } from './value-notes.ts'

interface DeclaredSource {
  readonly key: string
  /** The name of the constant that holds the source. */
  readonly constant: string
  /** Describes the files that were read: `30 files in data/log_data`. */
  readonly origin: string
  readonly format: FileFormat
  /** Why this format was chosen, a sentence each. */
  readonly remarks?: readonly string[]
  /** The names of its files; undefined for the default. */
  readonly pattern: string | undefined
  readonly inferred: InferredSource
  /** Number of other files there that the pattern does not match, and names of some. */
  readonly others?: { readonly count: number; readonly examples: readonly string[] }
}

/** The text of a file that exports the source. */
export function declareSource({ key, constant, format, pattern, inferred, ...about }: DeclaredSource): string {
  const call = formatCall(format)
  const ofFormat = format.kind === 'json-lines' ? [] : [call.slice(0, call.indexOf('('))]
  const functions = new Set(['defineSource', ...ofFormat, ...inferred.columns.flatMap(functionsOf)])
  return [
    `import { ${[...functions].toSorted().join(', ')} } from 'lake'`,
    '',
    ...comments(about, inferred, format.kind),
    ...otherFiles(about.others),
    `export const ${constant} = defineSource({`,
    `  key: '${key}',`,
    ...(format.kind === 'json-lines' ? [] : [`  format: ${call},`]),
    '  columns: {',
    ...inferred.columns.map(columnLine),
    '  },',
    ...(pattern === undefined ? [] : [`  pattern: ${typescriptText(pattern)},`]),
    '})',
    '',
  ].join('\n')
}

function otherFiles({ count: others, examples }: NonNullable<DeclaredSource['others']> = NONE): readonly string[] {
  if (others === 0) return []
  const [first = ''] = examples
  return [`// Not read: ${counted(others, 'file')} with other names, such as ${commentText(first)}.`]
}

const NONE = { count: 0, examples: [] }

function comments(
  { origin, remarks = [] }: Pick<DeclaredSource, 'origin' | 'remarks'>,
  { lines, refused, leftOut, unique, unlike: [one, other] = [] }: InferredSource,
  kind: FileFormat['kind'],
): readonly string[] {
  const noun = RECORD_NOUNS[kind]
  const first =
    refused.first && `${commentText(refused.first.file)}${refused.first.line === 0 ? '' : `:${refused.first.line}`}`
  const refusedOnes = kind === 'parquet' ? counted(refused.lines, 'file') : `${count(refused.lines)} of them`
  const whyRefused = kind !== 'parquet' && refused.why === undefined ? ', because they hold no JSON object' : ''
  return [
    `${origin}${lines === undefined ? '' : `, ${counted(lines, noun)}`}.`,
    ...(first === undefined
      ? []
      : [`${refusedOnes} will be refused${whyRefused}: the first is ${first}${because(refused.why)}.`]),
    ...remarks,
    ...(unique.length > 0 && lines !== 1 ? [`Another value in each ${noun}: ${unique.join(', ')}.`] : []),
    ...(kind === 'csv' && one !== undefined && other !== undefined
      ? [
          `${commentText(one)} and ${commentText(other)} have different columns.`,
          'If they hold different things, declare each by itself: `lake infer FILE`.',
        ]
      : []),
    ...leftOut.map(({ key, why }) => `Left out: ${commentText(JSON.stringify(key))}, because ${why}.`),
  ].map((text) => `// ${text}`)
}

/** What a record of each format is called. */
const RECORD_NOUNS: Readonly<Record<FileFormat['kind'], string>> = {
  'json-lines': 'line',
  'json-documents': 'record',
  csv: 'record',
  'text-lines': 'line',
  parquet: 'row',
  delta: 'row',
}

/** The reason in brackets, such as ` (not UTF-8)`; empty without a reason. */
const because = (why: string | undefined): string => (why === undefined ? '' : ` (${commentText(why)})`)

function columnLine(column: InferredColumn): string {
  const { name, key, nullable } = column
  const about = remarks(column).join('; ')
  const from = key === undefined ? '' : `.from(${typescriptText(writtenPlace({ kind: 'key', keys: [key] }))})`
  return `    ${name}: ${columnCall(column)}${from}${nullable ? '.nullable()' : ''},${about === '' ? '' : ` // ${about}`}`
}

/** The functions that declare the column. */
const functionsOf = ({ type, format }: InferredColumn): readonly string[] =>
  format?.kind === 'json' ? ['json'] : kindsOf(type)

function kindsOf(type: ColumnType): readonly string[] {
  switch (type.kind) {
    case 'array':
      return [type.kind, ...kindsOf(type.element)]
    case 'map':
      return [type.kind, type.key.kind, ...kindsOf(type.value)]
    case 'struct':
      return [type.kind, ...type.fields.flatMap((field) => kindsOf(field.type))]
    default:
      return [type.kind]
  }
}

function columnCall({ type, format }: InferredColumn): string {
  switch (format?.kind) {
    case 'json':
      return 'json()'
    case 'special-numbers':
      return 'double({ special: true })'
    case 'hex':
    case 'base64url':
      return `binary('${format.kind}')`
    case 'time':
      return `timestamp(${'zone' in format.time && format.time.zone !== undefined ? `{ zone: '${format.time.zone}' }` : ''})`
    case 'parts':
    case undefined:
      return typeCall(type)
  }
}

function typeCall(type: ColumnType): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`
    case 'array':
      return `array(${partCall(type.element, type.nullable)})`
    case 'map':
      return `map(${typeCall(type.key)}, ${partCall(type.value, type.nullable)})`
    case 'struct':
      return `struct({ ${type.fields.map((field) => `${field.name}: ${partCall(field.type, field.nullable)}`).join(', ')} })`
    default:
      return `${type.kind}()`
  }
}

/** Only files of typed values have nested columns, and their doubles can be NaN. */
function partCall(type: ColumnType, nullable: boolean): string {
  const call = type.kind === 'double' ? 'double({ special: true })' : typeCall(type)
  return `${call}${nullable ? '.nullable()' : ''}`
}

function remarks({ name, key = name, type, format, values, missing }: InferredColumn): readonly string[] {
  const { nulls, empty, few, number, numbers, strings, timePatterns } = values
  const said: string[] = []
  if (format?.kind === 'time') said.push(zoneRemark(values))
  if (few?.length === 0) said.push('always null')
  else if (nulls + missing > 0) said.push(absent(nulls, missing))
  const [member] = values.members
  if (member !== undefined) {
    const place = writtenPlace({ kind: 'key', keys: [key, member] })
    said.push(`a column text().from(${typescriptText(place)}) would hold a part`)
  } else if (values.nested > 0) said.push('`lake help nested-values` shows array()')
  if (format) return said
  if (type.kind === 'text' && numbers > 0) said.push(`${counted(numbers, 'number')} and ${counted(strings, 'string')}`)
  if (empty > 0) said.push(`empty ${times(empty)}: emptyAsNull() reads that as null`)
  if (type.kind === 'text' && few && few.length > 1 && numbers === 0)
    said.push(`only ${few.map(commentText).join(', ')}`)
  if (type.kind === 'text' && strings > 0) said.push(...punctuationRemark(values))
  const [pattern] = timePatterns
  if (type.kind === 'text' && pattern !== undefined) said.push(patternRemark(timePatterns))
  const isWhole = type.kind === 'int' || type.kind === 'bigint'
  const time = number && isWhole ? epoch(number.least, number.greatest) : undefined
  if (time !== undefined) said.push(time)
  if (number && type.kind === 'double') said.push(`decimal(${decimalOf(number.digits)}) would hold them too`)
  return said
}

function zoneRemark({ strings, offsets }: NotedValues): string {
  if (offsets > 0 && offsets === strings) return 'each time has an offset: the zone is not used'
  return `${offsets > 0 ? 'some ' : ''}times have no zone: UTC is a guess`
}

function absent(nulls: number, missing: number): string {
  if (nulls === 0) return `missing ${times(missing)}`
  return missing === 0 ? `null ${times(nulls)}` : `null ${times(nulls)}, missing ${times(missing)}`
}

/** Only the owner of the files knows whether `1,234` is more than a thousand or less than two. */
function punctuationRemark({ punctuated, strings, number }: NotedValues): readonly string[] {
  const { before, after } = number?.digits ?? { before: 0, after: 0 }
  const calls = punctuated.flatMap((noted) => {
    const isPoint = noted.decimalPoint === '.'
    const isPlain = !noted.isGrouped && (isPoint || noted.after === 0)
    if (noted.values < strings || isPlain || (!isPoint && after > 0)) return []
    const options = [
      ...(isPoint ? [] : ["decimalPoint: ','"]),
      ...(noted.isGrouped ? [`thousands: '${noted.thousands}'`] : []),
    ]
    const digits = { before: Math.max(before, noted.before), after: Math.max(after, noted.after) }
    return [`with ${options.join(', ')} it would be decimal(${decimalOf(digits)})`]
  })
  return calls.length === 0 ? [] : [`in a csv format ${calls.join(', or ')}`]
}

const decimalOf = ({ before, after }: { readonly before: number; readonly after: number }): string =>
  `${Math.min(MAX_DIGITS, before + after + SPARE_DIGITS)}, ${after}`

const YEAR_1990 = Date.UTC(1990, 0)
const YEAR_2100 = Date.UTC(2100, 0)

function epoch(least: number, greatest: number): string | undefined {
  for (const [unit, millis] of [
    ['milliseconds', 1],
    ['seconds', 1000],
    ['microseconds', 0.001],
  ] as const) {
    if (least * millis < YEAR_1990 || greatest * millis >= YEAR_2100) continue
    const day = (at: number) => new Date(at * millis).toISOString().slice(0, 10)
    return `timestamp({ epoch: '${unit}' }) would be ${day(least)} to ${day(greatest)}`
  }
  return undefined
}

/** Only the owner of the files knows which of several patterns is right. */
function patternRemark(patterns: readonly string[]): string {
  const calls = patterns.map((pattern) => {
    const zone = /[ZX]$/.test(pattern) ? '' : ", zone: 'UTC'"
    return `timestamp({ pattern: ${typescriptText(pattern)}${zone} })`
  })
  return `${calls.join(' or ')} would read the ${patterns.some((pattern) => /h/i.test(pattern)) ? 'times' : 'days'}`
}

const times = (number: number): string => (number === 1 ? 'once' : counted(number, 'time'))

/**
 * `log_data` -> `logData`. `taken` are names that the file, or others beside it, can import: `json`
 * -> `jsonSource`.
 */
export function constantName(key: string, taken: ReadonlySet<string>): string {
  const name = key.replace(/_+([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase())
  return taken.has(name) || isReserved(name) ? `${name}Source` : name
}

/** Whether JavaScript refuses the word as a name. Only parses it. */
function isReserved(word: string): boolean {
  try {
    new Function(`'use strict'; async () => { let ${word} }`)
    return false
  } catch {
    return true
  }
}

/** The key of a source in the directory `name`: `Log-Data` -> `log_data`. */
export function keyFor(name: string): string {
  const words = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+/, '')
    .replace(/_+$/, '')
  return words.slice(0, 100) || 'source'
}
