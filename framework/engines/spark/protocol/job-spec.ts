/**
 * The JSON protocol between the coordinator and the PySpark job. Python's side of it,
 * lake_job/protocol/job_types.py, is generated from these schemas (`npm run spark:types`). Files
 * and directories are URIs for Hadoop; integers that a double cannot hold are text.
 */
import * as z from 'zod'
import type { ColumnType } from '../../../declare/columns.ts'
import { LakeError } from '../../../errors.ts'
import { KEY_KINDS } from '../../../expression/value-type.ts'
import { MAX_NAME } from '../../../ingest/keys/file-keys.ts'
import type { LineFormat } from '../../../ingest/lines/line-columns.ts'
import { printableLine } from '../../../text/printable.ts'

const simpleType = z.object({
  kind: z.enum(['text', 'boolean', 'int', 'bigint', 'double', 'date', 'timestamp', 'binary']),
})
const decimalType = z.object({ kind: z.literal('decimal'), precision: z.int(), scale: z.int() })
const arrayType = z.object({
  kind: z.literal('array'),
  get element() {
    return columnType
  },
  nullable: z.boolean(),
})
const structField = z.object({
  name: z.string(),
  get type() {
    return columnType
  },
  nullable: z.boolean(),
})
const structType = z.object({ kind: z.literal('struct'), fields: z.array(structField).readonly() })
const mapType = z.object({
  kind: z.literal('map'),
  key: z.object({ kind: z.enum(KEY_KINDS) }),
  get value() {
    return columnType
  },
  nullable: z.boolean(),
})
const columnType: z.ZodType<ColumnType, ColumnType> = z.union([simpleType, decimalType, arrayType, structType, mapType])

const column = z.object({ name: z.string(), type: columnType })

/**
 * Which rows of a data file count: all but some, or only some. Their positions, from 0, separated
 * by commas.
 */
const someRows = z.object({ file: z.string(), kind: z.enum(['except', 'only']), positions: z.string() })

/** One version of a table. All rows of a file count that is not among `someRows`. */
const table = z.object({ columns: z.array(column), files: z.array(z.string()), someRows: z.array(someRows) })

const severity = z.enum(['error', 'warn'])

/**
 * A predicate over one row, in Spark SQL. A row violates the check if the predicate is not true for
 * it.
 */
const rowCheck = z.object({ name: z.string(), severity, predicate: z.string() })

/**
 * Each value of `column` that is not null must occur in `target` of the other table, or of the new
 * rows themselves.
 */
const reference = z.object({
  name: z.string(),
  severity,
  column: z.string(),
  target: z.string(),
  table: z.union([table, z.literal('itself')]),
})

/** The data files to write. */
const output = z.object({
  columns: z.array(column),
  partitionBy: z.array(z.string()),
  primaryKey: z.array(z.string()),
  /** The job makes a directory below it for each attempt. No other program writes there. */
  directory: z.string(),
})

const checks = z.object({ rows: z.array(rowCheck), unique: z.array(z.string()), references: z.array(reference) })

const build = z.object({
  kind: z.literal('build'),
  inputs: z.record(z.string(), table),
  sql: z.string(),
  output,
  checks,
})

const expected = z.string()

const to = z.array(z.int()).readonly()
const states = {
  take: z.object({
    kind: z.literal('take'),
    ranges: z.array(z.tuple([z.int(), z.int()]).readonly()).readonly(),
    to,
  }),
  position: z.object({ kind: z.literal('position'), at: z.enum(['start', 'end', 'boundary']), to }),
  pass: z.object({ kind: z.literal('pass'), to }),
}
const state = z.discriminatedUnion('kind', [states.take, states.position, states.pass])
/** As `Automaton` of pattern/automaton.ts. */
const automaton = z.object({ start: z.int(), states: z.array(state).readonly() })

/**
 * A condition on a value beyond its type. The values to compare with are text; for timestamps, text
 * of microseconds.
 */
const lineRefinements = {
  bound: z.object({
    kind: z.literal('bound'),
    expected,
    operator: z.enum(['>', '>=', '<', '<=']),
    value: z.string(),
  }),
  length: z.object({ kind: z.literal('length'), expected, operator: z.enum(['>=', '<=', '=']), value: z.string() }),
  multipleOf: z.object({ kind: z.literal('multiple-of'), expected, value: z.string() }),
  pattern: z.object({ kind: z.literal('pattern'), expected, pattern: automaton }),
  oneOf: z.object({ kind: z.literal('one-of'), expected, values: z.array(z.string()).readonly() }),
}
const lineRefinement = z.discriminatedUnion('kind', [
  lineRefinements.bound,
  lineRefinements.length,
  lineRefinements.multipleOf,
  lineRefinements.pattern,
  lineRefinements.oneOf,
])

/** In seconds. As `ZoneOffsets` of declare/reading/zone-offsets.ts. */
const zoneOffsets = z.object({
  name: z.string(),
  until: z.array(z.int()).readonly(),
  offsets: z.array(z.int()).readonly(),
})

/**
 * How the source writes values, if the type alone does not say it. As `LineFormat` of
 * line-columns.ts.
 */
const lineFormats = {
  plain: z.object({ kind: z.enum(['json', 'special-numbers', 'hex', 'base64url']) }),
  epoch: z.object({ kind: z.literal('epoch'), unit: z.string(), power: z.int(), truncates: z.boolean() }),
  time: z.object({
    kind: z.literal('time'),
    pattern: z.string(),
    parts: z.array(z.string()).readonly(),
    expected: z.string(),
    zone: z.union([zoneOffsets, z.null()]),
    ambiguous: z.enum(['refuse', 'earlier', 'later']),
    truncates: z.boolean(),
  }),
}
const partFormats = z.object({
  kind: z.literal('parts'),
  get parts(): z.ZodType<readonly (LineFormat | null)[], readonly (LineFormat | null)[]> {
    return z.array(z.union([lineFormat, z.null()])).readonly()
  },
})
const formats = [lineFormats.plain, lineFormats.epoch, lineFormats.time, partFormats] as const
const lineFormat = z.union(formats) as unknown as z.ZodType<LineFormat, LineFormat>

/** A column with what the validation of lines needs. */
const lineColumn = column.extend({
  nullable: z.boolean(),
  emptyIsNull: z.boolean(),
  refinements: z.array(lineRefinement),
  format: z.union([lineFormat, z.null()]),
  keys: z.array(z.string()),
  within: z.array(z.string()),
})

/**
 * A file with the values of its path columns as JSON, or the reason why no line of it can be a row.
 */
const listedFile = z.object({
  path: z.string(),
  size: z.int(),
  values: z.array(z.string()),
  refused: z.union([z.string(), z.null()]),
})

const ingest = z.object({
  kind: z.literal('ingest'),
  /** Ends with a slash; a file's path is relative to it. */
  root: z.string(),
  /** The files of a group go into one data file, in their order. */
  groups: z.array(z.array(listedFile)),
  /** The columns to read from a line. */
  line: z.array(lineColumn),
  /** The columns that have the same value for all rows of a file. */
  fromPath: z.array(column),
  unknownKeys: z.enum(['report', 'reject', 'ignore']),
  /** Data files whose rows are carried over, except the rows of `replacedPaths`. */
  rewritten: table,
  replacedPaths: z.array(z.string()),
  output,
})

const fingerprint = z.object({ kind: z.literal('fingerprint'), table, primaryKey: z.array(z.string()) })

/**
 * A statement of a SQL session. Names are those of its views. `figures`, `rows` and `write` have a
 * result.
 */
const statements = {
  /**
   * Names a table's rows. With `withFile`, the column `lake.file` has the file of each row, as
   * Hadoop names it.
   */
  read: z.object({ do: z.literal('read'), name: z.string(), table, withFile: z.boolean() }),
  view: z.object({ do: z.literal('view'), name: z.string(), sql: z.string() }),
  /** Computes rows once and keeps them. With `columns`, casts them to the declared types. */
  keep: z.object({ do: z.literal('keep'), name: z.string(), sql: z.string(), columns: z.array(column).nullable() }),
  /** Keeps texts as a table with one column, `value`. */
  texts: z.object({ do: z.literal('texts'), name: z.string(), values: z.array(z.string()) }),
  figures: z.object({ do: z.literal('figures'), table: z.string() }),
  rows: z.object({ do: z.literal('rows'), sql: z.string() }),
  write: z.object({ do: z.literal('write'), sql: z.string(), output }),
}
const statement = z.discriminatedUnion('do', [
  statements.read,
  statements.view,
  statements.keep,
  statements.texts,
  statements.figures,
  statements.rows,
  statements.write,
])

/**
 * Statements of a SQL session. The session lives in the driver from the step that `begins` it to
 * the step that `ends` it.
 */
const converse = z.object({
  kind: z.literal('converse'),
  conversation: z.string(),
  begins: z.boolean(),
  ends: z.boolean(),
  statements: z.array(statement),
})

export const jobSpec = z.discriminatedUnion('kind', [build, ingest, fingerprint, converse])

/** The settings of the session in which the step runs. The mailbox adds them to the spec. */
const settings = z.record(z.string(), z.string())
const withSettings = {
  build: build.extend({ settings }),
  ingest: ingest.extend({ settings }),
  fingerprint: fingerprint.extend({ settings }),
  converse: converse.extend({ settings }),
}
const specInMailbox = z.discriminatedUnion('kind', [
  withSettings.build,
  withSettings.ingest,
  withSettings.fingerprint,
  withSettings.converse,
])

/** One step for the job. */
export type JobSpec = z.infer<typeof jobSpec>
export type SpecInMailbox = z.infer<typeof specInMailbox>
export type StatementSpec = z.infer<typeof statement>
export type TableSpec = z.infer<typeof table>
export type LineColumnSpec = z.infer<typeof lineColumn>
export type OutputSpec = z.infer<typeof output>
export type ChecksSpec = z.infer<typeof checks>

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()])

const columnAudit = z.object({ nulls: z.int(), min: cell, max: cell, sum: z.string() })

/** The statistics of a data file, from one scan of its rows. */
const fileAudit = z.object({
  rows: z.int(),
  /**
   * In the order of the columns. Bounds of bigint are text, those of timestamps text of
   * microseconds; null if unknown.
   */
  columns: z.array(columnAudit),
})

const writtenFile = fileAudit.extend({
  location: z.string(),
  size: z.int(),
  partitionValues: z.record(z.string(), z.union([z.string(), z.null()])),
})

const checkFailure = z.object({
  check: z.string(),
  severity,
  rows: z.int(),
  sample: z.array(z.record(z.string(), z.unknown())),
})

const rejectedLine = z.object({ file: z.string(), line: z.int(), reason: z.string(), text: z.string() })

const unknownKey = z.object({ name: z.string().max(MAX_NAME), rows: z.int(), example: z.string().max(MAX_NAME) })

/** As `FileKeys` of ingest/keys/file-keys.ts. */
const fileKeys = z.object({
  unknown: z.array(unknownKey),
  more: z.int(),
  bare: z.int(),
  absent: z.array(z.string()),
})

const readFile = z.object({
  path: z.string(),
  size: z.int(),
  rows: z.int(),
  rejected: z.int(),
  keys: z.union([fileKeys, z.null()]),
})

export const built = z.object({ files: z.array(writtenFile), checks: z.array(checkFailure) })
export const ingested = z.object({
  files: z.array(writtenFile),
  read: z.array(readFile),
  rejects: z.array(rejectedLine),
  /** Files that were missing, or whose size differed from the listed one. */
  moved: z.array(z.string()),
  /** Compressed files, which the job does not read. If there are any, it wrote nothing. */
  compressed: z.array(z.string()),
})
export const fingerprinted = z.object({ files: z.array(fileAudit) })
/**
 * The result of each statement; null for a statement without a result. `isKnown` is false if the
 * session is unknown, because its driver was lost.
 */
export const statementResults = z.object({ isKnown: z.boolean(), answers: z.array(z.unknown()) })

/**
 * Types have Spark's names. Bounds of bigint and date are text, those of timestamps text of
 * microseconds.
 */
const stagedColumnStats = z.object({ type: z.string(), nulls: z.boolean(), min: cell, max: cell })
export const stagedTableStats = z.object({ rows: z.int(), columns: z.array(stagedColumnStats) })
export const rowsFound = z.array(z.record(z.string(), z.unknown()))
export const filesWritten = z.array(writtenFile)

/**
 * Why a step failed. `query`: its query or check is wrong. `cluster`: Spark or a machine failed.
 * `job`: a bug of lake.
 */
export const jobError = z.object({
  kind: z.enum(['query', 'cluster', 'job']),
  message: z.string(),
  traceback: z.string(),
})

const jobSucceeded = z.object({ status: z.literal('succeeded'), value: z.unknown() })
const jobFailed = z.object({ status: z.literal('failed'), error: jobError })
export const jobResult = z.discriminatedUnion('status', [jobSucceeded, jobFailed])

/** Numbers of Spark's tasks in all stages of a step's running jobs. */
export const jobProgress = z.object({ done: z.int(), total: z.int() })

/**
 * The error for a result that this version's job cannot have written, so another program must have
 * written it.
 */
export function unexpectedResult({ issues: [issue] }: z.ZodError): LakeError {
  return new LakeError('engine-failed', {
    problem: `the result of the Spark job has an unexpected form (${printableLine(`${issue?.path.join('.')}: ${issue?.message}`)}). Nothing was published`,
    remedy: 'Another program may write to this lake: find out who can.',
  })
}

export type JobError = z.infer<typeof jobError>
export type JobResult = z.infer<typeof jobResult>
export type JobProgress = z.infer<typeof jobProgress>
export type WrittenFileAudit = z.infer<typeof writtenFile>
export type StagedTableStats = z.infer<typeof stagedTableStats>
export type FileAudit = z.infer<typeof fileAudit>

/** Python type name -> schema. */
export const JOB_SCHEMAS = {
  SimpleType: simpleType,
  DecimalType: decimalType,
  ArrayType: arrayType,
  StructField: structField,
  StructType: structType,
  MapKey: mapType.shape.key,
  MapType: mapType,
  ColumnType: columnType,
  Column: column,
  TakeState: states.take,
  PositionState: states.position,
  PassState: states.pass,
  State: state,
  Automaton: automaton,
  BoundRefinement: lineRefinements.bound,
  LengthRefinement: lineRefinements.length,
  MultipleOfRefinement: lineRefinements.multipleOf,
  PatternRefinement: lineRefinements.pattern,
  OneOfRefinement: lineRefinements.oneOf,
  LineRefinement: lineRefinement,
  ZoneOffsets: zoneOffsets,
  PlainFormat: lineFormats.plain,
  EpochFormat: lineFormats.epoch,
  TimeFormat: lineFormats.time,
  PartFormats: partFormats,
  LineFormat: lineFormat,
  LineColumn: lineColumn,
  SomeRows: someRows,
  Table: table,
  Severity: severity,
  RowCheck: rowCheck,
  Reference: reference,
  Output: output,
  Checks: checks,
  ListedFile: listedFile,
  Build: withSettings.build,
  Ingest: withSettings.ingest,
  Fingerprint: withSettings.fingerprint,
  ReadStatement: statements.read,
  ViewStatement: statements.view,
  KeepStatement: statements.keep,
  TextsStatement: statements.texts,
  StatsStatement: statements.figures,
  RowsStatement: statements.rows,
  WriteStatement: statements.write,
  Statement: statement,
  Converse: withSettings.converse,
  JobSpec: specInMailbox,
  Cell: cell,
  ColumnStats: columnAudit,
  FileStats: fileAudit,
  WrittenFile: writtenFile,
  CheckFailure: checkFailure,
  RejectedLine: rejectedLine,
  UnknownKey: unknownKey,
  FileKeys: fileKeys,
  ReadFile: readFile,
  Built: built,
  Ingested: ingested,
  Fingerprinted: fingerprinted,
  Conversed: statementResults,
  TableColumnStats: stagedColumnStats,
  TableStats: stagedTableStats,
  JobError: jobError,
  JobSucceeded: jobSucceeded,
  JobFailed: jobFailed,
  JobResult: jobResult,
  JobProgress: jobProgress,
} as const
