/** Validates run events that a lake stores. Keeps fields that another version of lake has added. */
import * as z from 'zod'
import { errorReportSchema } from './error-report.ts'
import type { RunEvent } from './events.ts'
import { runIdSchema } from './run-id.ts'

const text = z.string()
/** Text that is shown on a line with other text: it contains no control characters. */
const label = z.string().regex(/^[^\p{Cc}\u202a-\u202e\u2066-\u2069]*$/u)
const count = z.number()
const version = z.int().nullable()

const common = { runId: runIdSchema, at: z.iso.datetime() }

const cause = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('missing'), message: text }),
  z.looseObject({ kind: z.literal('forced'), message: text }),
  z.looseObject({ kind: z.literal('vectors-off'), message: text }),
  z.looseObject({ kind: z.literal('rows-due'), message: text }),
  z.looseObject({ kind: z.literal('checks-changed'), message: text, checks: z.array(text) }),
  z.looseObject({ kind: z.literal('renamed'), message: text, from: label, to: label }),
  z.looseObject({ kind: z.literal('code-changed'), message: text, changes: z.array(text) }),
  z.looseObject({
    kind: z.literal('upstream-changed'),
    message: text,
    upstream: label,
    pending: z.boolean(),
    fromVersion: version,
    toVersion: version,
    columns: z.array(text).nullable(),
  }),
  z.looseObject({
    kind: z.literal('source-changed'),
    message: text,
    added: count,
    changed: count,
    removed: count,
    files: z.array(text),
  }),
])

const mode = z.enum(['ingest', 'full', 'keys', 'partitions', 'check', 'rename'])

const step = z.looseObject({
  asset: label,
  mode,
  partitions: z.array(text).nullable(),
  conditional: z.boolean(),
  causes: z.array(cause),
  movedFrom: label.optional(),
  whole: label.optional(),
  follows: label.optional(),
})

const assetResult = {
  key: label,
  outcome: z.enum(['materialized', 'unchanged', 'fresh', 'failed', 'skipped', 'canceled']),
  version,
  rowsWritten: count,
  partitionsWritten: count,
  because: z.array(label).optional(),
}

const event = z.discriminatedUnion('type', [
  z.looseObject({ ...common, type: z.literal('run-waited'), asset: label, message: text }),
  z.looseObject({
    ...common,
    type: z.literal('run-started'),
    lake: label,
    engine: label.nullable(),
    selection: z.array(label),
    steps: z.array(step),
  }),
  z.looseObject({ ...common, type: z.literal('job-placed'), name: label, where: label, takenUp: z.boolean() }),
  z.looseObject({ ...common, type: z.literal('job-changed'), name: label, state: label }),
  z.looseObject({ ...common, type: z.literal('cost-estimated'), cost: label }),
  z.looseObject({ ...common, type: z.literal('cluster-ended'), cluster: label, deadRun: label }),
  z.looseObject({ ...common, type: z.literal('run-warned'), message: text }),
  z.looseObject({ ...common, type: z.literal('step-started'), asset: label, mode, causes: z.array(cause) }),
  z.looseObject({
    ...common,
    type: z.literal('step-progressed'),
    asset: label,
    done: count,
    total: count,
    unit: z.enum(['files', 'rows', 'tasks']),
    phase: z.enum(['query', 'checks']).optional(),
  }),
  z.looseObject({
    ...common,
    type: z.literal('step-retried'),
    asset: label,
    attempt: count,
    attempts: count,
    delayMs: count,
    error: errorReportSchema,
  }),
  z.looseObject({
    ...common,
    type: z.literal('step-warned'),
    asset: label,
    message: text,
    details: z.unknown().optional(),
  }),
  z.looseObject({
    ...common,
    ...assetResult,
    type: z.literal('step-finished'),
    asset: label,
    rows: count.nullable(),
    rejected: count.optional(),
    bytesWritten: count.optional(),
    durationMs: count,
    affected: z.looseObject({ keys: count, rowsRemoved: count, rowsAdded: count }).optional(),
    kept: z.looseObject({ files: count, of: count }).optional(),
    read: z.looseObject({ given: count, cursor: z.unknown().optional() }).optional(),
    error: errorReportSchema.optional(),
  }),
  z.looseObject({
    ...common,
    type: z.literal('run-finished'),
    status: z.enum(['succeeded', 'failed', 'canceled']),
    assets: z.array(z.looseObject(assetResult)),
    durationMs: count,
    error: errorReportSchema.optional(),
  }),
])

/** Refuses events of other types, which only the version of lake that wrote them can read. */
export const runEventSchema = event as unknown as z.ZodType<RunEvent>
