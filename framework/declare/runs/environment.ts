/**
 * Declares settings that are read from the environment when they are needed, so that no secret is
 * in the config.
 */
import * as z from 'zod'

/** The value of an environment variable. */
export interface FromEnvironment {
  readonly kind: 'env'
  readonly name: string
}

/**
 * Reads an environment variable when the setting is used: `env('SLACK_WEBHOOK_URL')`. Its value is
 * never shown.
 */
export const env = (name: string): FromEnvironment => ({ kind: 'env', name })

/** Whether lake can send something to it. */
export const isHttpUrl = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)

/** A text of the config, or one of the environment. */
export const settingSchema = z.union([
  z.string().min(1),
  z.strictObject({
    kind: z.literal('env'),
    name: z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name of a variable'),
  }),
])
