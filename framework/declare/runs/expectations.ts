/**
 * Declares what a run does when a step fails or takes long, and how fresh an asset is expected to
 * be.
 */
import * as z from 'zod'
import type { Described } from '../described.ts'
import { durationSchema } from './duration.ts'

const retriesSchema = z.strictObject({
  /** Maximum number of attempts, the first one included. */
  attempts: z.int().min(1).max(100),
  /** How long the run waits before the second attempt. Default: `10s`. */
  delay: durationSchema.optional(),
  /** How many times longer each further wait is than the one before. Default: 2. */
  factor: z.number().min(1).max(100).optional(),
  /** Maximum wait. Default: `10m`. */
  maxDelay: durationSchema.optional(),
  /**
   * The share of each wait that is random, 0 to 1, so that many runs do not try at the same time.
   * Default: 0.5.
   */
  jitter: z.number().min(0).max(1).optional(),
})

const freshnessSchema = z.strictObject({
  /** How old the newest version is allowed to become. */
  within: durationSchema,
})

/** The settings of the config for each asset that has none of its own. */
export const attemptSettings = {
  retries: retriesSchema.optional(),
  timeout: durationSchema.optional(),
}

const expectationsSchema = z.strictObject({ ...attemptSettings, freshness: freshnessSchema.optional() })

/**
 * How often a step is tried again after an operational failure, such as a lost connection. A failed
 * check, an error in a query or a mistake of the user is never tried again.
 */
export interface Retries extends Described<typeof retriesSchema> {}

/** How old the newest version of an asset is allowed to become. */
export interface Freshness extends Described<typeof freshnessSchema> {}

/**
 * The settings of an asset for its runs. None of them changes rows, so none makes an asset stale.
 */
export interface Expectations {
  /** Default: those of the config, else a single attempt. */
  readonly retries?: Retries
  /** Maximum duration of an attempt: `30m`. Default: that of the config, else unlimited. */
  readonly timeout?: z.output<typeof durationSchema>
  /** `lake status`, `lake check` and hooks report an asset whose newest version is older. */
  readonly freshness?: Freshness
}

/** The declared expectations among an asset's options. */
export function expectationsOf({ retries, timeout, freshness }: Expectations): Expectations {
  return { ...(retries && { retries }), ...(timeout && { timeout }), ...(freshness && { freshness }) }
}

/** Describes the mistakes in declared expectations, each as `retries.attempts: ...`. */
export function expectationMistakes(expectations: Expectations): readonly string[] {
  // Saves the parsing of ten thousand assets without any expectations.
  if (Object.keys(expectations).length === 0) return []
  const parsed = expectationsSchema.safeParse(expectations)
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}
