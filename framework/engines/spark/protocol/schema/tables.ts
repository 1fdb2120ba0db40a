/** Schemas of column types and tables, as both sides of the job's protocol have them. */
import * as z from 'zod'
import type { ColumnType } from '../../../../declare/columns.ts'
import { KEY_KINDS } from '../../../../expression/value-type.ts'

export const simpleTypeSchema = z.object({
  kind: z.enum(['text', 'boolean', 'int', 'bigint', 'double', 'date', 'timestamp', 'binary']),
})
export const decimalTypeSchema = z.object({ kind: z.literal('decimal'), precision: z.int(), scale: z.int() })
export const arrayTypeSchema = z.object({
  kind: z.literal('array'),
  get element() {
    return columnTypeSchema
  },
  nullable: z.boolean(),
})
export const structFieldSchema = z.object({
  name: z.string(),
  get type() {
    return columnTypeSchema
  },
  nullable: z.boolean(),
})
export const structTypeSchema = z.object({ kind: z.literal('struct'), fields: z.array(structFieldSchema).readonly() })
export const mapTypeSchema = z.object({
  kind: z.literal('map'),
  key: z.object({ kind: z.enum(KEY_KINDS) }),
  get value() {
    return columnTypeSchema
  },
  nullable: z.boolean(),
})
export const columnTypeSchema: z.ZodType<ColumnType, ColumnType> = z.union([
  simpleTypeSchema,
  decimalTypeSchema,
  arrayTypeSchema,
  structTypeSchema,
  mapTypeSchema,
])

export const columnSchema = z.object({ name: z.string(), type: columnTypeSchema })

/**
 * Which rows of a data file count: all but some, or only some. Their positions, from 0, separated
 * by commas.
 */
export const someRowsSchema = z.object({ file: z.string(), kind: z.enum(['except', 'only']), positions: z.string() })

/** One version of a table. A file that is not among `someRows` counts with all of its rows. */
export const tableSchema = z.object({
  columns: z.array(columnSchema),
  files: z.array(z.string()),
  someRows: z.array(someRowsSchema),
})

export type TableSpec = z.infer<typeof tableSchema>

/** The data files to write. */
export const outputSchema = z.object({
  columns: z.array(columnSchema),
  partitionBy: z.array(z.string()),
  primaryKey: z.array(z.string()),
  /** The job makes a directory below it for each attempt. No other program writes there. */
  directory: z.string(),
})

export type OutputSpec = z.infer<typeof outputSchema>
