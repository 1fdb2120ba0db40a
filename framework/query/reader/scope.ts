/** Resolves the names of a SELECT to columns. */
import { closest, distance } from 'fastest-levenshtein'
import { type ReferenceNode, SelectAllNode } from 'kysely'
import { column, type Expression } from '../../expression/expression.ts'
import type { NamedColumn } from '../../relation/relation.ts'
import { QueryProblem } from './query-problem.ts'

/** A table or subquery of FROM, with its alias. */
export interface FromItem {
  readonly alias: string
  readonly columns: readonly NamedColumn[]
}

/** The tables that a SELECT reads from, and the SELECT around it, whose columns it can name too. */
export interface NameScope {
  readonly items: readonly FromItem[]
  readonly outer: NameScope | undefined
}

/** Names that differ only in case are the same name, as in the engines. */
export const foldName = (name: string): string => name.toLowerCase()

/** The tables to which a reference can refer: all of them if it names no table. */
export function itemsNamed({ table }: ReferenceNode, items: readonly FromItem[]): readonly FromItem[] {
  if (!table) return items
  if (table.table.schema) throw new QueryProblem('it names a table by a schema', 'name the upstream alone')
  const name = foldName(table.table.identifier.name)
  return items.filter(({ alias }) => foldName(alias) === name)
}

/** The column of this name. The SELECT's own tables come before those around it. */
export function columnNamed(node: ReferenceNode, scope: NameScope): Expression {
  return find(node, scope) ?? unknown(node, scope)
}

/** The column of this name; undefined if there is none. */
export function find(node: ReferenceNode, { items, outer }: NameScope): Expression | undefined {
  if (SelectAllNode.is(node.column)) throw new QueryProblem('it uses * as a value', 'name a column')
  const folded = foldName(node.column.column.name)
  const found = itemsNamed(node, items).flatMap(({ alias, columns }) =>
    columns.filter(({ name }) => foldName(name) === folded).map((one) => ({ alias, one })),
  )
  const [first, second] = found
  if (first && second) {
    const names = found.map(({ alias, one }) => `${alias}.${one.name}`)
    throw new QueryProblem(`${nameOf(node)} can mean ${names.join(' or ')}`, `write ${names[0]}`)
  }
  if (first) return column(first.one.id, first.one)
  return outer && find(node, outer)
}

function unknown(node: ReferenceNode, { items }: NameScope): never {
  const named = itemsNamed(node, items)
  const names = (named.length > 0 ? named : items).flatMap(({ columns }) => columns.map(({ name }) => name))
  const written = SelectAllNode.is(node.column) ? '*' : node.column.column.name
  const near = names.length > 0 ? closest(written, names) : undefined
  const isNear = near !== undefined && distance(written, near) <= Math.max(1, Math.min(2, written.length - 2))
  const tables = items.map(({ alias }) => alias).filter((alias) => alias !== '')
  const from = tables.length > 0 ? ` of ${tables.join(', ')}` : ' here'
  throw new QueryProblem(
    `${nameOf(node)} is no column${from}`,
    isNear
      ? `did you mean ${near}?`
      : `it has ${names.slice(0, 20).join(', ')}; a constant text is val(${JSON.stringify(written)})`,
  )
}

function nameOf({ table, column: named }: ReferenceNode): string {
  const name = SelectAllNode.is(named) ? '*' : named.column.name
  return table ? `${table.table.identifier.name}.${name}` : name
}
