/** Reads the parts that an answer of EMR must have. */

/** Throws if the value is missing: then the answer counts as lost. */
export function present<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new Error(`EMR's answer has no ${name}`)
  return value
}
