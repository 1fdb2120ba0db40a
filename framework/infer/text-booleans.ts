/** Finds the columns of delimited text that contain true and false. */
import type { InferredSource } from './infer-source.ts'

const BOOLEANS = ['"true"', '"false"']

/** Text has no booleans, so a column counts as one if all of its values are `true` or `false`. */
export function withBooleans(inferred: InferredSource): InferredSource {
  const columns = inferred.columns.map((column) => {
    const texts = (column.values.few ?? []).filter((value) => value !== 'null')
    const isBoolean = texts.length > 0 && texts.every((value) => BOOLEANS.includes(value))
    return isBoolean && column.type.kind === 'text' ? { ...column, type: { kind: 'boolean' } as const } : column
  })
  return { ...inferred, columns }
}
