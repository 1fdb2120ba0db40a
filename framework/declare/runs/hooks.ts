/**
 * Declares hooks, which lake calls when a run ends, an asset fails or a check fails.
 */
import * as z from 'zod'
import type { Described } from '../described.ts'
import { durationSchema } from './duration.ts'
import { settingSchema } from './environment.ts'

/** A failure in the form that hooks get. It contains no secrets. */
export interface FailureFacts {
  /** For programs: `storage`, `query-failed`, `check-failed`, ... */
  readonly code: string
  readonly message: string
  readonly remedy?: string
  readonly asset?: string
}

/** A run that has ended. */
export interface FinishedRun {
  readonly runId: string
  readonly lake: string
  readonly status: 'succeeded' | 'failed' | 'canceled'
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly finishedAt: string
  readonly durationMs: number
  readonly selection: readonly string[]
  readonly assets: readonly FinishedAsset[]
  /** The first failure. */
  readonly error?: FailureFacts
}

export interface FinishedAsset {
  readonly key: string
  readonly outcome: 'materialized' | 'unchanged' | 'fresh' | 'failed' | 'skipped' | 'canceled'
  /** null if the table has no version. */
  readonly version: number | null
  readonly rowsWritten: number
}

/** An asset whose step failed, after its last attempt. */
export interface FailedAsset {
  readonly runId: string
  readonly lake: string
  readonly asset: string
  /** ISO 8601, UTC. */
  readonly at: string
  readonly error: FailureFacts
}

/** A check that failed in a run or in `lake check`, or an asset that is overdue. */
export interface BrokenCheck {
  /** null if `lake check` found it. */
  readonly runId: string | null
  readonly lake: string
  readonly asset: string
  /** ISO 8601, UTC. */
  readonly at: string
  readonly check: string
  readonly severity: 'error' | 'warn'
  /** How many rows fail it. */
  readonly rows: number
  readonly message: string
}

/**
 * Functions of the project. lake calls each after the event that it reports. None can delay or fail
 * a run.
 */
export interface HookFunctions {
  readonly onRunFinished?: (run: FinishedRun) => void | Promise<void>
  readonly onAssetFailed?: (asset: FailedAsset) => void | Promise<void>
  readonly onCheckFailed?: (check: BrokenCheck) => void | Promise<void>
  /** How long the run waits for a call at its end. Default: `10s`. */
  readonly timeout?: z.output<typeof durationSchema>
}

/** The events that a webhook can get: the values of `event` in its body. */
const toldSchema = z.enum(['run-finished', 'run-failed', 'asset-failed', 'check-failed'])

const webhookSchema = z.strictObject({
  kind: z.literal('webhook'),
  /** `https://...`, usually `env('...')` because it contains a secret. */
  url: settingSchema,
  /** Default: `run-failed` and `check-failed`. */
  on: z.array(toldSchema).min(1).optional(),
  /** Additional headers of the request, such as `{ authorization: env('...') }`. */
  headers: z.record(z.string().regex(/^[\w-]+$/), settingSchema).optional(),
  /** How long an answer can take. Default: `10s`. */
  timeout: durationSchema.optional(),
})

/** A POST of JSON with a `text` that chat services show, and the facts in other fields. */
export interface Webhook extends Described<typeof webhookSchema> {}

export type Hook = Webhook | HookFunctions

const call = z.custom<() => void>((value) => typeof value === 'function', 'expected a function')

const functionsSchema = z.strictObject({
  onRunFinished: call.optional(),
  onAssetFailed: call.optional(),
  onCheckFailed: call.optional(),
  timeout: durationSchema.optional(),
})

export const hookSchema = z.union([webhookSchema, functionsSchema]) as unknown as z.ZodType<Hook>

/** Sends a message to a chat service or to a program of your own. */
export const webhook = (options: Omit<Webhook, 'kind'>): Webhook => ({ kind: 'webhook', ...options })
