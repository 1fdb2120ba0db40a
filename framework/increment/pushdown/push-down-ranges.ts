import type { ColumnId, Expression } from '../../expression/expression.ts'
import { equalities } from '../../relation/conditions.ts'
import { narrowerRanges, type Range, type Ranges } from '../../relation/range.ts'
import { columnsOf, type Join, type Relation } from '../../relation/relation.ts'
import { preimage } from './preimage.ts'

/** Reads less where the columns' ranges tell that rows are not wanted; which ones are is still to be decided. */
export function pushDownRanges(relation: Relation, ranges: Ranges): Relation {
  if (ranges.size === 0) return relation
  switch (relation.kind) {
    case 'scan': {
      const own = new Set(columnsOf(relation))
      return { ...relation, ranges: narrowerRanges(relation.ranges, restrictedTo(ranges, own)) }
    }
    case 'empty':
    case 'staged':
    // Which rows are the first depends on all of them.
    case 'limit':
      return relation
    case 'filter':
    case 'distinct':
    case 'matching':
      return { ...relation, input: pushDownRanges(relation.input, ranges) }
    case 'project': {
      const expressions = new Map(relation.outputs.map(({ id, expression }) => [id, expression]))
      return {
        ...relation,
        input: pushDownRanges(
          relation.input,
          preimages(ranges, (id) => expressions.get(id)),
        ),
      }
    }
    case 'join':
      return narrowedJoin(relation, ranges)
    case 'aggregate':
      return { ...relation, input: pushDownRanges(relation.input, restrictedTo(ranges, new Set(relation.keys))) }
    case 'window':
      return { ...relation, input: pushDownRanges(relation.input, restrictedTo(ranges, new Set(relation.partitionBy))) }
    case 'union-all': {
      const inputs = relation.inputs.map((input) => pushDownRanges(input, movedRanges(ranges, relation.columns, input)))
      return { ...relation, inputs }
    }
    case 'set-operation': {
      const [left, right] = [relation.left, relation.right].map((side) =>
        pushDownRanges(side, movedRanges(ranges, relation.columns, side)),
      )
      return left && right ? { ...relation, left, right } : relation
    }
  }
}

function narrowedJoin(relation: Join, ranges: Ranges): Relation {
  const { type, left, right, on } = relation
  const [leftColumns, rightColumns] = [new Set(columnsOf(left)), new Set(columnsOf(right))]
  const equal = equalities(on, leftColumns, rightColumns)
  const onLeft = restrictedTo(ranges, leftColumns)
  const onRight = type === 'inner' ? restrictedTo(ranges, rightColumns) : new Map<ColumnId, Range>()
  const crossed = equal.flatMap(({ left: from, right: to }) => {
    const range = onLeft.get(from)
    return range ? [[to, { ...range, nulls: false }] as const] : []
  })
  return {
    ...relation,
    left: pushDownRanges(left, onLeft),
    right: pushDownRanges(right, narrowerRanges(onRight, new Map(crossed))),
  }
}

/** What the columns must lie between of which others are made that lie in these ranges. */
export function preimages(ranges: Ranges, expression: (column: ColumnId) => Expression | undefined): Ranges {
  return [...ranges].reduce<Ranges>((all, [column, range]) => {
    const made = expression(column)
    const argument = made && preimage(made, range)
    return argument ? narrowerRanges(all, new Map([[argument.column, argument.range]])) : all
  }, new Map())
}

function restrictedTo(ranges: Ranges, columns: ReadonlySet<ColumnId>): Ranges {
  return new Map([...ranges].filter(([column]) => columns.has(column)))
}

function movedRanges(ranges: Ranges, from: readonly ColumnId[], input: Relation): Ranges {
  const to = columnsOf(input)
  return new Map(
    [...ranges].flatMap(([column, range]) => {
      const other = to[from.indexOf(column)]
      return other === undefined ? [] : [[other, range] as const]
    }),
  )
}
