/** Declares where OpenLineage events of runs go. */
import * as z from 'zod'
import type { Described } from '../described.ts'
import { durationSchema } from './duration.ts'
import { settingSchema } from './environment.ts'

const common = {
  /** The namespace of the jobs. Default: `lake`. */
  namespace: z.string().min(1).optional(),
}

export const lineageSchema = z.union([
  z.strictObject({
    ...common,
    kind: z.literal('http'),
    /** The root of the service: `http://marquez:5000`. */
    url: settingSchema,
    /** Default: `/api/v1/lineage`. */
    endpoint: z.string().startsWith('/').optional(),
    /** Sent as a bearer token. */
    apiKey: settingSchema.optional(),
    /** How long an answer can take. Default: `10s`. */
    timeout: durationSchema.optional(),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('file'),
    /** Relative to the project. Each event is a line of JSON, added at its end. */
    file: z.string().min(1),
  }),
])

/** Where the OpenLineage events of runs go. */
export type Lineage = Described<typeof lineageSchema>

type OverHttp = Omit<Extract<Lineage, { readonly kind: 'http' }>, 'kind'>
type ToFile = Omit<Extract<Lineage, { readonly kind: 'file' }>, 'kind'>

/** Sends OpenLineage events over HTTP, or writes them to a file. */
export const openLineage = (options: OverHttp | ToFile): Lineage =>
  'file' in options ? { kind: 'file', ...options } : { kind: 'http', ...options }
