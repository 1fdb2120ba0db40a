import { type ReferenceNode, SelectAllNode } from 'kysely'
import { foldName } from '../query/name-scope.ts'
import { NotCovered } from './expression.ts'
import type { ColumnId, NamedColumn } from './relation.ts'

/** A table, or a query, under the name that FROM gives it. */
export interface FromItem {
  readonly alias: string
  readonly columns: readonly NamedColumn[]
}

/** What a reference's table means; everything where it names none. Engines take names that differ in case for one. */
export function itemsNamed({ table }: ReferenceNode, items: readonly FromItem[]): readonly FromItem[] {
  if (!table) return items
  if (table.table.schema) throw new NotCovered('a schema')
  const name = foldName(table.table.identifier.name)
  return items.filter(({ alias }) => foldName(alias) === name)
}

/** Whether the name means something here, so that it means nothing further out. */
export function mayMean(node: ReferenceNode, items: readonly FromItem[]): boolean {
  if (SelectAllNode.is(node.column)) return false
  const name = foldName(node.column.column.name)
  return itemsNamed(node, items).some(({ columns }) => columns.some((column) => foldName(column.name) === name))
}

/** The column that a name means. Throws NotCovered where it means none, or may mean several. */
export function columnOf(node: ReferenceNode, items: readonly FromItem[]): ColumnId {
  if (SelectAllNode.is(node.column)) throw new NotCovered('all columns in an expression')
  const { name } = node.column.column
  const folded = foldName(name)
  let found: ColumnId | undefined
  for (const { columns } of itemsNamed(node, items)) {
    for (const column of columns) {
      if (foldName(column.name) !== folded) continue
      if (found !== undefined) throw new NotCovered(`${name}, which several of the tables have`)
      found = column.id
    }
  }
  if (found === undefined) throw new NotCovered(`${name}, which is no column of what it reads from`)
  return found
}
