/** Schemas of the rules by which the job validates the lines of a source. */
import * as z from 'zod'
import type { LineFormat } from '../../../../ingest/lines/line-columns.ts'
import { columnSchema } from './tables.ts'

const expected = z.string()

const to = z.array(z.int()).readonly()
export const stateSchemas = {
  take: z.object({
    kind: z.literal('take'),
    ranges: z.array(z.tuple([z.int(), z.int()]).readonly()).readonly(),
    to,
  }),
  position: z.object({ kind: z.literal('position'), at: z.enum(['start', 'end', 'boundary']), to }),
  pass: z.object({ kind: z.literal('pass'), to }),
}
export const stateSchema = z.discriminatedUnion('kind', [stateSchemas.take, stateSchemas.position, stateSchemas.pass])
/** The form of `Automaton` in pattern/automaton.ts. */
export const automatonSchema = z.object({ start: z.int(), states: z.array(stateSchema).readonly() })

/**
 * A condition on a value beyond its type. The values to compare with are text; for timestamps, text
 * of microseconds.
 */
export const lineRefinementSchemas = {
  bound: z.object({
    kind: z.literal('bound'),
    expected,
    operator: z.enum(['>', '>=', '<', '<=']),
    value: z.string(),
  }),
  length: z.object({ kind: z.literal('length'), expected, operator: z.enum(['>=', '<=', '=']), value: z.string() }),
  multipleOf: z.object({ kind: z.literal('multiple-of'), expected, value: z.string() }),
  pattern: z.object({ kind: z.literal('pattern'), expected, pattern: automatonSchema }),
  oneOf: z.object({ kind: z.literal('one-of'), expected, values: z.array(z.string()).readonly() }),
}
export const lineRefinementSchema = z.discriminatedUnion('kind', [
  lineRefinementSchemas.bound,
  lineRefinementSchemas.length,
  lineRefinementSchemas.multipleOf,
  lineRefinementSchemas.pattern,
  lineRefinementSchemas.oneOf,
])

/** The form of `ZoneOffsets` in declare/reading/zone-offsets.ts, in seconds. */
export const zoneOffsetsSchema = z.object({
  name: z.string(),
  until: z.array(z.int()).readonly(),
  offsets: z.array(z.int()).readonly(),
})

/**
 * How the source writes values, if the type alone does not say it. The form of `LineFormat` in
 * line-columns.ts.
 */
export const lineFormatSchemas = {
  plain: z.object({ kind: z.enum(['json', 'special-numbers', 'hex', 'base64url']) }),
  epoch: z.object({ kind: z.literal('epoch'), unit: z.string(), power: z.int(), truncates: z.boolean() }),
  time: z.object({
    kind: z.literal('time'),
    pattern: z.string(),
    parts: z.array(z.string()).readonly(),
    expected: z.string(),
    zone: z.union([zoneOffsetsSchema, z.null()]),
    ambiguous: z.enum(['refuse', 'earlier', 'later']),
    truncates: z.boolean(),
  }),
}
export const partFormatsSchema = z.object({
  kind: z.literal('parts'),
  get parts(): z.ZodType<readonly (LineFormat | null)[], readonly (LineFormat | null)[]> {
    return z.array(z.union([lineFormatSchema, z.null()])).readonly()
  },
})
const formats = [lineFormatSchemas.plain, lineFormatSchemas.epoch, lineFormatSchemas.time, partFormatsSchema] as const
export const lineFormatSchema = z.union(formats) as unknown as z.ZodType<LineFormat, LineFormat>

/** A column with what the validation of lines needs. */
export const lineColumnSchema = columnSchema.extend({
  nullable: z.boolean(),
  emptyIsNull: z.boolean(),
  refinements: z.array(lineRefinementSchema),
  format: z.union([lineFormatSchema, z.null()]),
  keys: z.array(z.string()),
  within: z.array(z.string()),
})

export type LineColumnSpec = z.infer<typeof lineColumnSchema>
