/** Declares the expected result that something cannot be done, as a value instead of an error. */

/** Nothing failed: the caller uses another way, or reports the reason. */
export interface Refusal {
  readonly kind: 'refused'
  /** A clause, without a full stop at its end. */
  readonly reason: string
}

/** The refusal of something that an author wrote. */
export interface RefusalWithRemedy extends Refusal {
  /** What to write instead. */
  readonly remedy: string
}

/** A value, or the reason why there is none. */
export type Result<Value, Refused extends Refusal = Refusal> = Value | Refused

export function refused(reason: string): Refusal
export function refused(reason: string, remedy: string): RefusalWithRemedy
export function refused(reason: string, remedy?: string): Refusal {
  return { kind: 'refused', reason, ...(remedy !== undefined && { remedy }) }
}

/** Whether the value is a refusal. Needed only for values without a `kind` of their own. */
export const isRefusal = <Value extends object>(value: Value): value is Extract<Value, Refusal> =>
  'kind' in value && value.kind === 'refused'
