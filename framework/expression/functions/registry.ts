/** Lists all functions and operators that a query can use. A query with any other does not load. */
import type { LakeFunction } from '../function.ts'
import { AGGREGATES } from './aggregate/aggregates.ts'
import { SORTED_AGGREGATES } from './aggregate/sorted-aggregates.ts'
import { WINDOWS } from './aggregate/windows.ts'
import { COMPARISONS } from './comparisons.ts'
import { CONDITIONALS } from './conditionals.ts'
import { CONVERSIONS } from './conversions.ts'
import { ARRAYS } from './nested/arrays.ts'
import { LISTS } from './nested/lists.ts'
import { MAPS } from './nested/maps.ts'
import { STRUCTS } from './nested/structs.ts'
import { UNNEST } from './nested/unnest.ts'
import { ARITHMETIC } from './number/arithmetic.ts'
import { LOGARITHMS } from './number/logarithms.ts'
import { NUMBERS } from './number/numbers.ts'
import { BYTES, HASHES } from './text/hashes.ts'
import { PATTERNS } from './text/patterns.ts'
import { TEXTS } from './text/texts.ts'
import { SERIES } from './time/series.ts'
import { TIME_FORMATS } from './time/time-formats.ts'
import { TIMES } from './time/times.ts'

/** The functions by group, in the order of docs/expressions.md. */
export const FUNCTION_GROUPS: Readonly<Record<string, readonly LakeFunction[]>> = {
  Comparisons: COMPARISONS,
  Arithmetic: ARITHMETIC,
  Numbers: NUMBERS,
  'Logarithms and exponentials': LOGARITHMS,
  Conversions: CONVERSIONS,
  Text: TEXTS,
  'Regular expressions': PATTERNS,
  'Dates and times': TIMES,
  'Formats and time zones': TIME_FORMATS,
  Conditionals: CONDITIONALS,
  Bytes: BYTES,
  Hashes: HASHES,
  Arrays: ARRAYS,
  Structs: STRUCTS,
  Maps: MAPS,
  Aggregates: AGGREGATES,
  'Aggregates of sorted values': SORTED_AGGREGATES,
  'Aggregates that are arrays': LISTS,
  Windows: WINDOWS,
  Series: SERIES,
  'Elements of arrays': UNNEST,
}

export const FUNCTIONS: ReadonlyMap<string, LakeFunction> = new Map(
  Object.values(FUNCTION_GROUPS)
    .flat()
    .map((entry) => [entry.name, entry]),
)

/** The function of an expression that has been checked. */
export function functionNamed(name: string): LakeFunction {
  const found = FUNCTIONS.get(name)
  if (!found) throw new Error(`there is no function ${name}`)
  return found
}
