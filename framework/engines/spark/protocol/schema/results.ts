/** Schemas of the results that the PySpark job returns. */
import * as z from 'zod'
import { LakeError } from '../../../../errors.ts'
import { MAX_NAME } from '../../../../ingest/keys/file-keys.ts'
import { printableLine } from '../../../../text/printable.ts'
import { severitySchema } from './specs.ts'

export const cellSchema = z.union([z.string(), z.number(), z.boolean(), z.null()])

export const columnAuditSchema = z.object({ nulls: z.int(), min: cellSchema, max: cellSchema, sum: z.string() })

/** The statistics of a data file, from one scan of its rows. */
export const fileAuditSchema = z.object({
  rows: z.int(),
  /**
   * In the order of the columns. Bounds of bigint are text, those of timestamps text of
   * microseconds; null if unknown.
   */
  columns: z.array(columnAuditSchema),
})

export const writtenFileSchema = fileAuditSchema.extend({
  location: z.string(),
  size: z.int(),
  partitionValues: z.record(z.string(), z.union([z.string(), z.null()])),
})

export const checkFailureSchema = z.object({
  check: z.string(),
  severity: severitySchema,
  rows: z.int(),
  sample: z.array(z.record(z.string(), z.unknown())),
})

export const rejectedLineSchema = z.object({ file: z.string(), line: z.int(), reason: z.string(), text: z.string() })

export const unknownKeySchema = z.object({
  name: z.string().max(MAX_NAME),
  rows: z.int(),
  example: z.string().max(MAX_NAME),
})

/** The form of `FileKeys` in ingest/keys/file-keys.ts. */
export const fileKeysSchema = z.object({
  unknown: z.array(unknownKeySchema),
  more: z.int(),
  bare: z.int(),
  absent: z.array(z.string()),
})

export const readFileSchema = z.object({
  path: z.string(),
  size: z.int(),
  rows: z.int(),
  rejected: z.int(),
  keys: z.union([fileKeysSchema, z.null()]),
})

export const built = z.object({ files: z.array(writtenFileSchema), checks: z.array(checkFailureSchema) })
export const ingested = z.object({
  files: z.array(writtenFileSchema),
  read: z.array(readFileSchema),
  rejects: z.array(rejectedLineSchema),
  /** Files that were missing, or whose size differed from the listed one. */
  changed: z.array(z.string()),
  /** Compressed files, which the job does not read. If there are any, the step wrote nothing. */
  compressed: z.array(z.string()),
})
export const fingerprinted = z.object({ files: z.array(fileAuditSchema) })
/**
 * The result of each statement; null for a statement without a result. `isKnown` is false if the
 * session is unknown, because its driver was lost.
 */
export const statementsExecuted = z.object({ isKnown: z.boolean(), results: z.array(z.unknown()) })

/**
 * Types have Spark's names. Bounds of bigint and date are text, those of timestamps text of
 * microseconds.
 */
export const stagedColumnStatsSchema = z.object({
  type: z.string(),
  nulls: z.boolean(),
  min: cellSchema,
  max: cellSchema,
})
export const stagedTableStats = z.object({ rows: z.int(), columns: z.array(stagedColumnStatsSchema) })
export const rowsFound = z.array(z.record(z.string(), z.unknown()))
export const filesWritten = z.array(writtenFileSchema)

/**
 * Why a step failed. `query`: its query or check is wrong. `cluster`: Spark or a machine failed.
 * `job`: a bug of lake.
 */
export const jobError = z.object({
  kind: z.enum(['query', 'cluster', 'job']),
  message: z.string(),
  traceback: z.string(),
})

export const jobSucceededSchema = z.object({ status: z.literal('succeeded'), value: z.unknown() })
export const jobFailedSchema = z.object({ status: z.literal('failed'), error: jobError })
export const jobResult = z.discriminatedUnion('status', [jobSucceededSchema, jobFailedSchema])

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
export type WrittenFileAudit = z.infer<typeof writtenFileSchema>
export type StagedTableStats = z.infer<typeof stagedTableStats>
export type FileAudit = z.infer<typeof fileAuditSchema>
