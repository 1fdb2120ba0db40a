/** Decides whether delimited text begins with the names of its fields, or with data. */
import type { Buffer } from 'node:buffer'
import type { CsvFormat } from '../../declare/format/file-format.ts'
import { FileRefused } from '../../ingest/refused-file.ts'
import { type InferredColumn, SourceInference } from '../infer-source.ts'
import { inferringSplitter } from '../inferred-records.ts'
import { withBooleans } from '../text-booleans.ts'

/** Maximum number of bytes whose records are compared with the first one. */
const MAX_BYTES = 64 * 1024

/** The beginning of a file. */
export interface FileBeginning {
  readonly bytes: Buffer
  /** Whether nothing follows it. */
  readonly isWhole: boolean
}

/** The names of fields that have none: `c1`, `c2`. */
export const numberedNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `c${index + 1}`)

/**
 * Whether the first record is data, and no header. It is data if one of its fields is a number, a
 * time or a boolean, unless another one is text where all later records have such values. `count`
 * is its number of fields.
 */
export function beginsWithData(beginning: FileBeginning, format: CsvFormat, count: number): boolean {
  const fields = fieldsOf(beginning, { format: { ...format, header: false }, names: numberedNames(count) })
  const typed = fields.filter(({ first }) => isTyped(first))
  const isName = ({ first, later, all }: Field) => first.values.nulls === 0 && isTyped(later) && !isTyped(all)
  return typed.length > 0 && !fields.some(isName) && !areYears(typed) && !areNumbered(typed)
}

/** The values of a field: in the first record, in all later ones, and in all. */
interface Field {
  readonly first: InferredColumn
  /** Undefined if no record follows. */
  readonly later: InferredColumn | undefined
  readonly all: InferredColumn | undefined
}

function fieldsOf({ bytes, isWhole }: FileBeginning, named: Parameters<typeof inferringSplitter>[0]): readonly Field[] {
  const [first, later, all] = [new SourceInference(), new SourceInference(), new SourceInference()]
  let records = 0
  const splitter = inferringSplitter(named, '', (text, place) => {
    all.take(text, place)
    if (records++ === 0) first.take(text, place)
    else later.take(text, place)
  })
  try {
    splitter.take(bytes.subarray(0, MAX_BYTES), isWhole && bytes.length <= MAX_BYTES)
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error
  }
  const columnsOf = (inference: SourceInference) => withBooleans(inference.result).columns
  const [laterColumns, allColumns] = [columnsOf(later), columnsOf(all)]
  return columnsOf(first).map((column, index) => ({
    first: column,
    later: laterColumns[index],
    all: allColumns[index],
  }))
}

/** Whether all values are numbers, times or booleans. */
const isTyped = (column: InferredColumn | undefined): boolean =>
  column !== undefined && (column.type.kind !== 'text' || column.values.timePatterns.length > 0)

const [FIRST_YEAR, LAST_YEAR] = [1900, 2100]

/** Whether the fields are years that later records do not have, as in a table of years. */
function areYears(fields: readonly Field[]): boolean {
  const hold = (column: InferredColumn | undefined) => {
    const { least = FIRST_YEAR, greatest = LAST_YEAR } = column?.values.number ?? {}
    return least >= FIRST_YEAR && greatest <= LAST_YEAR
  }
  const isYear = ({ first }: Field) => first.type.kind === 'int' && hold(first)
  return fields.every(isYear) && fields.some(({ later }) => !hold(later))
}

/** Minimum number of fields that are hardly numbered by chance. */
const SEVERAL = 3

/** Whether the fields are numbered: `0,1,2,3`. */
function areNumbered(fields: readonly Field[]): boolean {
  const numbers = fields.map(({ first }) => first.values.number?.least ?? Number.NaN)
  return numbers.length >= SEVERAL && numbers.every((number, index) => number === (numbers[0] ?? 0) + index)
}
