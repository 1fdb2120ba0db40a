/** Finds the columns that an asset declares, and whether a table has them. */
import { type Column, resolveColumn, typeName } from '../declare/columns.ts'
import { type Asset, columnSchemas } from '../declare/definition.ts'
import type { TableColumn } from '../delta/schema.ts'
import { LakeError } from '../errors.ts'
import { isNested, isSameType } from '../expression/value-type.ts'

/** In the order of the table. Throws `definition` for a column that lake cannot read. */
export function assetColumns(asset: Asset): readonly Column[] {
  const { key } = asset
  return Object.entries(columnSchemas(asset)).map(([name, schema]) => {
    const column = resolveColumn(name, schema)
    if (column) return column
    throw new LakeError('definition', {
      problem: `${key}: the column ${name} has no type of lake`,
      remedy: `Declare it with text(), int() or another function of 'lake'.`,
      asset: key,
    })
  })
}

/** Throws `usage` if a selected column holds nested values, which programs cannot read yet. */
export function refuseNested(selected: readonly Column[], key: string): void {
  const nested = selected.filter(({ type }) => isNested(type)).map(({ name }) => name)
  if (nested.length === 0) return
  throw new LakeError('usage', {
    problem: `${key}: openLake reads no arrays, structs and maps, such as ${nested.join(', ')}`,
    remedy: 'Select the other columns, or read them with `lake query`.',
    asset: key,
  })
}

/** A version of a table, as its log describes it. */
interface LoggedTable {
  readonly key: string
  readonly version: number
  readonly columns: readonly TableColumn[]
}

/**
 * Throws `usage` if the table lacks a declared column or has it with another type: the types of the
 * program would be wrong.
 */
export function refuseOtherColumns(declared: readonly Column[], { key, version, columns }: LoggedTable): void {
  const logged = new Map(columns.map((column) => [column.name, column]))
  for (const { name, type, nullable } of declared) {
    const found = logged.get(name)
    const difference = !found
      ? `has no column ${name}`
      : !isSameType(found.type, type)
        ? `has ${name} as ${typeName(found.type)}, which the asset declares as ${typeName(type)}`
        : found.nullable && !nullable
          ? `has nulls in ${name}, which the asset declares without nullable()`
          : undefined
    if (difference === undefined) continue
    throw new LakeError('usage', {
      problem: `Version ${version} of ${key} was made by another declaration: it ${difference}`,
      remedy: `Run \`lake materialize ${key}\`, or read it with the declaration that made it.`,
      asset: key,
    })
  }
}
