/** Declares how the files of a source hold its records. */

/**
 * How the files of a source hold its records, as plain data. `json-lines` is the format of a source
 * that declares none. Files of all formats but Parquet and Delta can be compressed as a whole.
 */
export type FileFormat = StreamedFormat | ParquetFormat | DeltaFormat

/** A format whose records follow each other in the bytes of a file. */
export type StreamedFormat = JsonLinesFormat | JsonDocumentsFormat | CsvFormat | TextLinesFormat

export interface JsonLinesFormat {
  readonly kind: 'json-lines'
}

export interface JsonDocumentsFormat {
  readonly kind: 'json-documents'
  /** Where the records are in each document: see `readRecordPath`. */
  readonly records: string
}

/** How the texts of a record represent values. */
export interface TextValues {
  readonly nullTexts: readonly string[]
  readonly trueTexts: readonly string[]
  readonly falseTexts: readonly string[]
  readonly decimalPoint: '.' | ','
  /** undefined: numbers have no groups of digits. */
  readonly thousands: string | undefined
}

export interface CsvFormat extends TextValues {
  readonly kind: 'csv'
  readonly delimiter: string
  /** undefined: no field is quoted. */
  readonly quote: string | undefined
  /** The character before a quote inside a quoted field. */
  readonly escape: string | undefined
  /** Whether the escape is also used before delimiters and quotes outside of quotes. */
  readonly escapeUnquoted: boolean
  /** Whether the first record names the fields. If not, they are the columns in their order. */
  readonly header: boolean
  /** The beginning of a line that is not a record. */
  readonly comment: string | undefined
}

export interface TextLinesFormat extends TextValues {
  readonly kind: 'text-lines'
  /** The source of a regular expression with named groups. */
  readonly pattern: string
  readonly flags: string
  readonly comment: string | undefined
}

/** Files of typed columns, which describe their own types. */
export interface ParquetFormat {
  readonly kind: 'parquet'
}

/** A Delta table that another program writes. Its log says which of its files are live. */
export interface DeltaFormat {
  readonly kind: 'delta'
}

/** Newline-delimited JSON: one object a line. */
export const jsonLines = (): JsonLinesFormat => ({ kind: 'json-lines' })

export interface JsonDocumentsOptions {
  /**
   * Where the records are in each document: `$` is the document itself, `$[*]` the items of an
   * array, `$.Records[*]` the items of an array under the key `Records`.
   */
  readonly records?: string
}

/**
 * JSON documents in any layout: one document in a file, printed over many lines, or several written
 * one after another, with or without newlines.
 */
export const jsonDocuments = ({ records = '$' }: JsonDocumentsOptions = {}): JsonDocumentsFormat => ({
  kind: 'json-documents',
  records,
})

export interface TextValueOptions {
  /** The text of a null, or several texts. */
  readonly nullText?: string | readonly string[]
  /** The texts of true and false. The default is `true` and `false`. */
  readonly booleans?: { readonly true: string | readonly string[]; readonly false: string | readonly string[] }
  /** What separates the digits of a number's fraction. The default is a point. */
  readonly decimalPoint?: '.' | ','
  /** What separates groups of three digits, such as `.` in `1.234,50`. The default is nothing. */
  readonly thousands?: string
}

export interface CsvOptions extends TextValueOptions {
  /** What separates fields: one character of ASCII. The default is a comma. */
  readonly delimiter?: string
  /**
   * What surrounds fields that hold delimiters or line ends; null if nothing does. The default is
   * `"`.
   */
  readonly quote?: string | null
  /** The character before a quote inside a quoted field. The default is the quote itself. */
  readonly escape?: string
  /**
   * Whether the escape is also used before delimiters, quotes, escapes and line ends, with quotes
   * or without, as Python and MySQL write them.
   */
  readonly escapeUnquoted?: boolean
  /** Whether the first record names the fields. If not, they are the columns in their order. */
  readonly header?: boolean
  /** What a line begins with that is not a record, such as `#`. */
  readonly comment?: string
}

/** Delimited text (RFC 4180 and its dialects). A field that is not quoted and empty is null. */
export function csv(options: CsvOptions = {}): CsvFormat {
  const quote = options.quote === null ? undefined : (options.quote ?? '"')
  return {
    kind: 'csv',
    delimiter: options.delimiter ?? ',',
    quote,
    escape: options.escape ?? quote,
    escapeUnquoted: options.escapeUnquoted ?? false,
    header: options.header ?? true,
    comment: options.comment,
    ...textValues(options, ''),
  }
}

export interface TextLinesOptions extends TextValueOptions {
  /** Has a named group for each column, and has to match the complete line. */
  readonly pattern: RegExp
  /** What a line begins with that is not a record, such as `#`. */
  readonly comment?: string
}

/**
 * Lines of text that a regular expression takes apart: the text of each named group is a value.
 */
export function textLines(options: TextLinesOptions): TextLinesFormat {
  const { source, flags } = options.pattern
  return { kind: 'text-lines', pattern: source, flags, comment: options.comment, ...textValues(options, undefined) }
}

/**
 * Parquet files, by any writer. Columns are found by their names, and each file has its own types:
 * a value that the declared type holds exactly is taken.
 */
export const parquet = (): ParquetFormat => ({ kind: 'parquet' })

/**
 * A Delta table, by any writer: the source has the rows of the table's newest version. Values are
 * converted as those of Parquet files.
 */
export const delta = (): DeltaFormat => ({ kind: 'delta' })

function textValues(
  { nullText, booleans, decimalPoint = '.', thousands }: TextValueOptions,
  usualNull: string | undefined,
): TextValues {
  return {
    nullTexts: listOf(nullText ?? usualNull),
    trueTexts: listOf(booleans?.true ?? 'true'),
    falseTexts: listOf(booleans?.false ?? 'false'),
    decimalPoint,
    thousands,
  }
}

const listOf = (texts: string | readonly string[] | undefined): readonly string[] =>
  texts === undefined ? [] : typeof texts === 'string' ? [texts] : texts

/** The names of a source's files, unless it declares others. */
export const DEFAULT_PATTERNS: Readonly<Record<FileFormat['kind'], string>> = {
  'json-lines': '*.json',
  'json-documents': '*.json',
  csv: '*.csv',
  'text-lines': '*.log',
  parquet: '*.parquet',
  delta: '*.parquet',
}
