/** Rows in a form in which the results of different engines can be compared. */
import type { DuckDb } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { identifier } from '../../../framework/engines/duckdb/sql.ts'

/** Rows in no particular order. */
export type PlainRows = readonly PlainRow[]

/**
 * Maps columns to values. Doubles are rounded to 12 significant digits. All other values are text,
 * and decimals have no trailing zeros.
 */
export type PlainRow = Readonly<Record<string, string | number | null>>

/** Reads rows. `from` is the text after FROM. */
export async function plainRows(db: DuckDb, from: string): Promise<PlainRows> {
  const columns = (await db.rows(`DESCRIBE SELECT * FROM ${from}`)).map(({ column_name, column_type }) => ({
    name: String(column_name),
    type: String(column_type),
  }))
  const values = columns.map(({ name, type }) =>
    type === 'DOUBLE' ? identifier(name) : `CAST(${identifier(name)} AS VARCHAR) AS ${identifier(name)}`,
  )
  const rows = await db.rows(`SELECT ${values.join(', ')} FROM ${from}`)
  const plain = rows.map((row) =>
    Object.fromEntries(columns.map(({ name, type }) => [name, plainValue(row[name], type)])),
  )
  return sorted(plain)
}

/**
 * The rows of an answer in the form that the benchmark prints. Its columns have the types of the
 * columns of `like`.
 */
export function printedRows(answer: string, like: PlainRow | undefined): PlainRows {
  const [names = '', ...lines] = answer.replace(/\n$/, '').split('\n')
  const columns = names.split('|')
  const rows = lines.map((line) => {
    const values = line.split('|')
    return columns.map((name, index) => {
      const value = values[index] ?? ''
      const isDouble = typeof like?.[name] === 'number'
      return [name, value === '' ? null : isDouble ? twelveDigits(Number(value)) : withoutZeros(value)] as const
    })
  })
  return sorted(rows.map((row) => Object.fromEntries(row)))
}

/** The rows without columns that the answer does not have. */
export function withColumnsOf(answer: PlainRows, rows: PlainRows = []): PlainRows {
  const [like] = answer
  if (!like) return rows
  return sorted(rows.map((row) => Object.fromEntries(Object.keys(like).map((name) => [name, row[name] ?? null]))))
}

function plainValue(value: unknown, type: string): string | number | null {
  if (value === null || value === undefined) return null
  if (type === 'DOUBLE') return twelveDigits(Number(value))
  return type.startsWith('DECIMAL') ? withoutZeros(String(value)) : String(value)
}

const twelveDigits = (value: number): number => Number(value.toPrecision(12))

/** Gives `1.50` and `1.5` the same text, because they are the same decimal. */
export const withoutZeros = (digits: string): string =>
  /^-?\d+\.\d+$/.test(digits) ? digits.replace(/\.?0+$/, '') : digits

function sorted(rows: PlainRows): PlainRows {
  const order = (row: PlainRow) => JSON.stringify(Object.values(row))
  return rows.toSorted((one, other) => (order(one) < order(other) ? -1 : 1))
}
