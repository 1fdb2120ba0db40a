import { ColumnNode, type OperationNode, OrderByItemNode, RawNode, SelectAllNode } from 'kysely'
import type { QueryTree } from './query.ts'

/**
 * Every column name that a query mentions anywhere, or `all` where it cannot be told (`select *`, raw SQL). Which table a name
 * belongs to is not looked at: an upstream's columns that are not mentioned are surely not read.
 */
export type ColumnsRead = ReadonlySet<string> | 'all'

export function columnsRead(tree: QueryTree): ColumnsRead {
  const names = new Set<string>()
  const pending: unknown[] = [tree]
  while (pending.length > 0) {
    const node = pending.pop()
    if (Array.isArray(node)) {
      for (const part of node) pending.push(part)
    } else if (isNode(node)) {
      if (SelectAllNode.is(node) || RawNode.is(node)) return 'all'
      if (ColumnNode.is(node)) names.add(node.column.name)
      // Kysely writes `asc` and `desc` as raw SQL.
      const parts = OrderByItemNode.is(node) ? { ...node, direction: undefined } : node
      for (const part of Object.values(parts)) if (typeof part === 'object') pending.push(part)
    }
  }
  return names
}

function isNode(value: unknown): value is OperationNode {
  return typeof value === 'object' && value !== null && 'kind' in value
}
