/**
 * The JSON protocol between the coordinator and the PySpark job. Python's side of it,
 * job/job_types.py, is generated from these schemas (`npm run spark:types`). Files and directories
 * are URIs for Hadoop; integers that a double cannot hold are text.
 */
import * as z from 'zod'
import { LakeError } from '../../../errors.ts'
import { printableLine } from '../../../text/printable.ts'

const columnType = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['text', 'boolean', 'int', 'bigint', 'double', 'date', 'timestamp']) }),
  z.object({ kind: z.literal('decimal'), precision: z.int(), scale: z.int() }),
])

const column = z.object({ name: z.string(), type: columnType })

/** One version of a table. */
const table = z.object({ columns: z.array(column), files: z.array(z.string()) })

const severity = z.enum(['error', 'warn'])

/** A predicate over one row, in Spark SQL. Rows for which it is not true violate the check. */
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
  /** The job makes a directory for each attempt below it. No other program writes there. */
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

/**
 * A condition on a value beyond its type. Values to compare with are text; timestamps are
 * microseconds.
 */
const lineRefinement = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('bound'), expected, operator: z.enum(['>', '>=', '<', '<=']), value: z.string() }),
  z.object({ kind: z.literal('length'), expected, operator: z.enum(['>=', '<=', '=']), value: z.string() }),
  z.object({ kind: z.literal('multiple-of'), expected, value: z.string() }),
  z.object({ kind: z.literal('pattern'), expected, python: z.string() }),
  z.object({ kind: z.literal('one-of'), expected, values: z.array(z.string()) }),
])

/** A column with what the validation of lines needs. */
const lineColumn = column.extend({
  nullable: z.boolean(),
  emptyIsNull: z.boolean(),
  refinements: z.array(lineRefinement),
})

const ingest = z.object({
  kind: z.literal('ingest'),
  /** Ends with a slash; a file's path is relative to it. */
  root: z.string(),
  /** The files of a group go into one data file, in their order. */
  groups: z.array(z.array(z.object({ path: z.string(), size: z.int() }))),
  /** The columns to read from a line. */
  line: z.array(lineColumn),
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
const statement = z.discriminatedUnion('do', [
  /** `withFile` adds each row's file, as Hadoop names it, in `lake.file`. */
  z.object({ do: z.literal('read'), name: z.string(), table, withFile: z.boolean() }),
  z.object({ do: z.literal('view'), name: z.string(), sql: z.string() }),
  /** Computes the rows once, in the declared types if `columns` gives them. */
  z.object({ do: z.literal('keep'), name: z.string(), sql: z.string(), columns: z.array(column).nullable() }),
  /** Makes a table of one column, `value`. */
  z.object({ do: z.literal('texts'), name: z.string(), values: z.array(z.string()) }),
  z.object({ do: z.literal('figures'), table: z.string() }),
  z.object({ do: z.literal('rows'), sql: z.string() }),
  z.object({ do: z.literal('write'), sql: z.string(), output }),
])

/**
 * Statements of a SQL session, which lives in the driver from the step that `begins` it to the one
 * that `ends` it.
 */
const converse = z.object({
  kind: z.literal('converse'),
  conversation: z.string(),
  begins: z.boolean(),
  ends: z.boolean(),
  statements: z.array(statement),
})

export const jobSpec = z.discriminatedUnion('kind', [build, ingest, fingerprint, converse])

/** One step for the job. */
export type JobSpec = z.infer<typeof jobSpec>
export type StatementSpec = z.infer<typeof statement>
export type TableSpec = z.infer<typeof table>
export type LineColumnSpec = z.infer<typeof lineColumn>
export type OutputSpec = z.infer<typeof output>
export type ChecksSpec = z.infer<typeof checks>

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()])

const columnFigures = z.object({ nulls: z.int(), min: cell, max: cell, sum: z.string() })

/** The statistics of a data file, from one scan of its rows. */
const fileFigures = z.object({
  rows: z.int(),
  /**
   * In the order of the columns. Bounds of bigint are text, those of timestamps text of
   * microseconds; null if unknown.
   */
  columns: z.array(columnFigures),
})

const writtenFile = fileFigures.extend({
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

const readFile = z.object({ path: z.string(), size: z.int(), rows: z.int(), rejected: z.int() })

export const built = z.object({ files: z.array(writtenFile), checks: z.array(checkFailure) })
export const ingested = z.object({
  files: z.array(writtenFile),
  read: z.array(readFile),
  rejects: z.array(rejectedLine),
  /** Files that were missing, or whose size differed from the listed one. */
  moved: z.array(z.string()),
})
export const fingerprinted = z.object({ files: z.array(fileFigures) })
/**
 * A result for each statement, null for one that has none. `isKnown` is false if the driver of the
 * session was lost.
 */
export const conversed = z.object({ isKnown: z.boolean(), answers: z.array(z.unknown()) })

/**
 * Types have Spark's names. Bounds of bigint and date are text, those of timestamps text of
 * microseconds.
 */
export const tableFigures = z.object({
  rows: z.int(),
  columns: z.array(z.object({ type: z.string(), nulls: z.boolean(), min: cell, max: cell })),
})
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

export const jobResult = z.discriminatedUnion('status', [
  z.object({ status: z.literal('succeeded'), value: z.unknown() }),
  z.object({ status: z.literal('failed'), error: jobError }),
])

/**
 * The error for a result that this version's job cannot write, so that another program must have
 * written it.
 */
export function notAsAsked({ issues: [issue] }: z.ZodError): LakeError {
  return new LakeError(
    'engine-failed',
    `the result of the Spark job has an unexpected form (${printableLine(`${issue?.path.join('.')}: ${issue?.message}`)}). Nothing was published. ` +
      'Another program may write to this lake: find out who can.',
  )
}

export type JobError = z.infer<typeof jobError>
export type JobResult = z.infer<typeof jobResult>
export type WrittenFileFigures = z.infer<typeof writtenFile>
export type TableFigures = z.infer<typeof tableFigures>
export type FileFigures = z.infer<typeof fileFigures>

/** Python type name -> schema. */
export const JOB_SCHEMAS = {
  ColumnType: columnType,
  Column: column,
  LineColumn: lineColumn,
  Table: table,
  RowCheck: rowCheck,
  Reference: reference,
  Output: output,
  Checks: checks,
  Build: build,
  Ingest: ingest,
  Fingerprint: fingerprint,
  Statement: statement,
  Converse: converse,
  JobSpec: jobSpec,
  ColumnFigures: columnFigures,
  FileFigures: fileFigures,
  WrittenFile: writtenFile,
  CheckFailure: checkFailure,
  RejectedLine: rejectedLine,
  ReadFile: readFile,
  Built: built,
  Ingested: ingested,
  Fingerprinted: fingerprinted,
  Conversed: conversed,
  TableFigures: tableFigures,
  JobError: jobError,
  JobResult: jobResult,
} as const
