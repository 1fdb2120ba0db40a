import { type AggregateFunctionNode, type OperationNode, OverNode, PartitionByNode } from 'kysely'
import { extended, window } from './build.ts'
import { contains, isWindowed, mapParts, NotCovered } from './expression.ts'
import { type ColumnId, type ColumnIds, type Output, type Relation, reference, referenced } from './relation.ts'

/** The rows with the functions over windows that the outputs call, and the outputs with columns in their place. */
export function windowed(
  ids: ColumnIds,
  rows: Relation,
  outputs: readonly Output[],
): { readonly relation: Relation; readonly outputs: readonly Output[] } {
  if (!outputs.some(({ expression }) => contains(expression, isWindowed))) return { relation: rows, outputs }
  const windows = new Windows(ids)
  const replaced = outputs.map(({ id, expression }) => ({ id, expression: windows.take(expression) }))
  return { relation: windows.over(rows), outputs: replaced }
}

interface WindowFunctions {
  readonly partitionBy: readonly ColumnId[]
  readonly functions: Output[]
}

/** Collects the functions by what they partition by. */
class Windows {
  readonly #ids: ColumnIds
  readonly #partitions: Output[] = []
  readonly #windows = new Map<string, WindowFunctions>()

  constructor(ids: ColumnIds) {
    this.#ids = ids
  }

  take(node: OperationNode): OperationNode {
    return isWindowed(node) ? this.#call(node) : mapParts(node, (part) => this.take(part))
  }

  over(rows: Relation): Relation {
    const input = extended(rows, this.#partitions)
    return [...this.#windows.values()].reduce<Relation>(
      (relation, { partitionBy, functions }) => window(relation, partitionBy, functions),
      input,
    )
  }

  #call(node: AggregateFunctionNode): OperationNode {
    const { over = OverNode.create(), ...call } = node
    if (contains(call as OperationNode, isWindowed)) throw new NotCovered('a window in a window')
    const partitionBy = (over.partitionBy?.items ?? []).map((item) => this.#partitionColumn(item.partitionBy))
    const key = partitionBy.toSorted().join()
    const known = this.#windows.get(key) ?? { partitionBy: [...new Set(partitionBy)], functions: [] }
    this.#windows.set(key, known)
    const { partitionBy: _, ...ordered } = over
    const items = partitionBy.map((id) => ({ kind: 'PartitionByItemNode', partitionBy: reference(id) }))
    const partitioned = items.length > 0 ? { ...ordered, partitionBy: PartitionByNode.create(items as never) } : ordered
    const id = this.#ids.next()
    known.functions.push({ id, expression: { ...call, over: partitioned } as OperationNode })
    return reference(id)
  }

  #partitionColumn(expression: OperationNode): ColumnId {
    const own = referenced(expression)
    if (own !== undefined) return own
    const id = this.#ids.next()
    this.#partitions.push({ id, expression })
    return id
  }
}
