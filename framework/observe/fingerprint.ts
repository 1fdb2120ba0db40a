/** Summarizes rows, so that contents can be compared without reading them. */
import * as z from 'zod'

/**
 * A summary of the rows of a file, a partition or a table, in any order. For each column it has a
 * sum over all rows: of the hash of the row's key and the column's value. Sums count duplicates,
 * add up over files, and show which columns changed. The key in the hash ties the columns of a row
 * together, so that swapping the values of two rows changes the sum.
 */
export interface Fingerprint {
  /** The hash and the key columns. Fingerprints of different algorithms cannot be compared. */
  readonly algorithm: string
  readonly rows: number
  /** Column name -> 128-bit sum in hexadecimal digits. */
  readonly columns: Readonly<Record<string, string>>
}

/** The JSON form in a lake. */
export const fingerprintSchema = z.looseObject({
  algorithm: z.string().max(10_000),
  rows: z.int().min(0),
  columns: z.record(z.string(), z.string().regex(/^[0-9a-f]{1,32}$/i)),
}) satisfies z.ZodType<Fingerprint>

const MODULUS = 1n << 128n

/**
 * The fingerprint of the rows of all parts together; undefined if the algorithms or columns differ.
 */
export function sumFingerprints(empty: Fingerprint, parts: readonly Fingerprint[]): Fingerprint | undefined {
  const names = Object.keys(empty.columns)
  const sums = names.map((name) => BigInt(`0x${empty.columns[name]}`))
  let rows = empty.rows
  for (const part of parts) {
    if (part.algorithm !== empty.algorithm || Object.keys(part.columns).length !== names.length) return undefined
    for (const [index, name] of names.entries()) {
      const digits = part.columns[name]
      if (digits === undefined) return undefined
      sums[index] = ((sums[index] ?? 0n) + BigInt(`0x${digits}`)) % MODULUS
    }
    rows += part.rows
  }
  const columns = Object.fromEntries(names.map((name, index) => [name, hexDigits(sums[index] ?? 0n)]))
  return { algorithm: empty.algorithm, rows, columns }
}

/**
 * The fingerprint of the rows of `all` without those of `some`; undefined if the algorithms or
 * columns differ.
 */
export function subtractFingerprint(all: Fingerprint, some: Fingerprint): Fingerprint | undefined {
  const names = Object.keys(all.columns)
  if (all.algorithm !== some.algorithm || Object.keys(some.columns).length !== names.length) return undefined
  const columns: Record<string, string> = {}
  for (const name of names) {
    const digits = some.columns[name]
    if (digits === undefined) return undefined
    columns[name] = hexDigits(BigInt(`0x${all.columns[name]}`) - BigInt(`0x${digits}`))
  }
  return { algorithm: all.algorithm, rows: all.rows - some.rows, columns }
}

export function emptyFingerprint(algorithm: string, columns: readonly string[]): Fingerprint {
  return { algorithm, rows: 0, columns: Object.fromEntries(columns.map((name) => [name, '0'])) }
}

export const hexDigits = (sum: bigint): string => BigInt.asUintN(128, sum).toString(16)

/**
 * The difference of two contents: none, some columns, or `rows` if rows were added or removed or
 * the algorithms differ.
 */
type ContentChange =
  | { readonly kind: 'none' }
  | { readonly kind: 'columns'; readonly columns: readonly string[] }
  | { readonly kind: 'rows' }

/** Compares only `columns`, and the number of rows. */
export function compareContent(before: Fingerprint, after: Fingerprint, columns: readonly string[]): ContentChange {
  if (before.algorithm !== after.algorithm || before.rows !== after.rows) return { kind: 'rows' }
  const differing = columns.filter(
    (name) => before.columns[name] === undefined || before.columns[name] !== after.columns[name],
  )
  return differing.length === 0 ? { kind: 'none' } : { kind: 'columns', columns: differing }
}

/**
 * The part of a fingerprint for `columns`. A downstream that reads only these columns depends on
 * nothing else.
 */
export function restrictFingerprint(content: Fingerprint, columns: readonly string[]): Fingerprint {
  const kept = columns.flatMap((name) => {
    const digits = content.columns[name]
    return digits === undefined ? [] : [[name, digits] as const]
  })
  return { ...content, columns: Object.fromEntries(kept) }
}
