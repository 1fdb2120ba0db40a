/**
 * Schemas of the steps that lake gives to the PySpark job. Files and directories are URIs for
 * Hadoop; integers that a double cannot hold are text.
 */
import * as z from 'zod'
import { lineColumnSchema } from './lines.ts'
import { statementSchema } from './statements.ts'
import { columnSchema, outputSchema, tableSchema } from './tables.ts'

export const severitySchema = z.enum(['error', 'warn'])

/**
 * A predicate over one row, in Spark SQL. A row violates the check if the predicate is not true for
 * it.
 */
export const rowCheckSchema = z.object({ name: z.string(), severity: severitySchema, predicate: z.string() })

/**
 * Each value of `column` that is not null must occur in `target` of the other table, or of the new
 * rows themselves.
 */
export const referenceSchema = z.object({
  name: z.string(),
  severity: severitySchema,
  column: z.string(),
  target: z.string(),
  table: z.union([tableSchema, z.literal('itself')]),
})

export const checksSchema = z.object({
  rows: z.array(rowCheckSchema),
  unique: z.array(z.string()),
  references: z.array(referenceSchema),
})

const build = z.object({
  kind: z.literal('build'),
  inputs: z.record(z.string(), tableSchema),
  sql: z.string(),
  output: outputSchema,
  checks: checksSchema,
})

/**
 * A file with the values of its path columns as JSON, or the reason why no line of it can be a row.
 */
export const listedFileSchema = z.object({
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
  groups: z.array(z.array(listedFileSchema)),
  /** The columns to read from a line. */
  line: z.array(lineColumnSchema),
  /** The columns that have the same value for all rows of a file. */
  fromPath: z.array(columnSchema),
  unknownKeys: z.enum(['report', 'reject', 'ignore']),
  /** Data files whose rows are carried over, except the rows of `replacedPaths`. */
  rewritten: tableSchema,
  replacedPaths: z.array(z.string()),
  output: outputSchema,
})

const fingerprint = z.object({ kind: z.literal('fingerprint'), table: tableSchema, primaryKey: z.array(z.string()) })

/**
 * Statements of a SQL session. The session lives in the driver from the step that `begins` it to
 * the step that `ends` it.
 */
const execute = z.object({
  kind: z.literal('execute'),
  sqlSession: z.string(),
  begins: z.boolean(),
  ends: z.boolean(),
  statements: z.array(statementSchema),
})

export const jobSpec = z.discriminatedUnion('kind', [build, ingest, fingerprint, execute])

/** The settings of the session in which the step runs. The mailbox adds them to the spec. */
const settings = z.record(z.string(), z.string())
export const withSettings = {
  build: build.extend({ settings }),
  ingest: ingest.extend({ settings }),
  fingerprint: fingerprint.extend({ settings }),
  execute: execute.extend({ settings }),
}
export const specInMailboxSchema = z.discriminatedUnion('kind', [
  withSettings.build,
  withSettings.ingest,
  withSettings.fingerprint,
  withSettings.execute,
])

/** One step for the job. */
export type JobSpec = z.infer<typeof jobSpec>
export type SpecInMailbox = z.infer<typeof specInMailboxSchema>
export type ChecksSpec = z.infer<typeof checksSchema>
