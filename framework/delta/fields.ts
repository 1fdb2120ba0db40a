/** Reads the fields of untrusted log entries. */
import { MalformedLog } from './corrupt-table.ts'

/**
 * A JSON object of the log, or a struct of a checkpoint. In a struct, a missing field can also be
 * null, and an integer can be a bigint.
 */
export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The fields other than `known`, without nulls and with bigint as number. Returns {} if there are
 * none.
 */
export function moreFields(fields: Fields, known: ReadonlySet<string>): { readonly more?: Fields } {
  const others = Object.entries(fields).filter(
    ([name, value]) => !known.has(name) && value !== null && value !== undefined,
  )
  return others.length === 0 ? {} : { more: Object.fromEntries(others.map(([name, value]) => [name, asJson(value)])) }
}

function asJson(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(asJson)
  if (!isFields(value)) return value
  const present = Object.entries(value).filter(([, part]) => part !== null && part !== undefined)
  return Object.fromEntries(present.map(([name, part]) => [name, asJson(part)]))
}

export function textField(fields: Fields, name: string): string {
  return optionalText(fields, name) ?? malformed(fields, name)
}

export function optionalText(fields: Fields, name: string): string | undefined {
  const value = fields[name] ?? undefined
  return value === undefined || typeof value === 'string' ? value : malformed(fields, name)
}

export function numberField(fields: Fields, name: string): number {
  return optionalNumber(fields, name) ?? malformed(fields, name)
}

export function optionalNumber(fields: Fields, name: string): number | undefined {
  const value = fields[name] ?? undefined
  if (value === undefined) return undefined
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : malformed(fields, name)
}

/** The values of a map that are not null; none if it is missing. */
export function textMap(fields: Fields, name: string): Readonly<Record<string, string>> {
  const entries = Object.entries(nullableTextMap(fields, name))
  return Object.fromEntries(entries.flatMap(([key, value]) => (value === null ? [] : [[key, value]])))
}

export function nullableTextMap(fields: Fields, name: string): Readonly<Record<string, string | null>> {
  const value = fields[name] ?? {}
  if (!isFields(value)) return malformed(fields, name)
  for (const entry of Object.values(value)) {
    if (entry !== null && typeof entry !== 'string') malformed(fields, name)
  }
  return value as Readonly<Record<string, string | null>>
}

export function textList(fields: Fields, name: string): readonly string[] {
  const value = fields[name] ?? []
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : malformed(fields, name)
}

function malformed(fields: Fields, name: string): never {
  const shown = JSON.stringify(fields, (_key, value) => (typeof value === 'bigint' ? String(value) : value)).slice(
    0,
    200,
  )
  throw new MalformedLog(`${JSON.stringify(name)} is missing or of the wrong type in ${shown}`)
}
