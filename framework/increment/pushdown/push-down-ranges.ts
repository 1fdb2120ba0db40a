/** Pushes ranges of columns down to the scans, which skip the data files outside of them. */
import type { ColumnId, Expression } from '../../expression/expression.ts'
import { equalities } from '../../relation/conditions.ts'
import { intersectRanges, type Range, type Ranges } from '../../relation/range.ts'
import { columnsOf, type Expansion, type Join, type Relation } from '../../relation/relation.ts'
import { preimage } from './preimage.ts'

/**
 * The same relation, whose scans can skip rows outside of the ranges. The result can still contain
 * such rows: the caller filters them.
 */
export function pushDownRanges(relation: Relation, ranges: Ranges): Relation {
  if (ranges.size === 0) return relation
  switch (relation.kind) {
    case 'scan': {
      const own = new Set(columnsOf(relation))
      return { ...relation, ranges: intersectRanges(relation.ranges, rangesIn(ranges, own)) }
    }
    case 'empty':
    case 'staged':
    // The first rows depend on all rows, so nothing is pushed below a limit.
    case 'limit':
      return relation
    case 'filter':
    case 'distinct':
      return { ...relation, input: pushDownRanges(relation.input, ranges) }
    case 'semi-join':
    case 'anti-join':
      return { ...relation, left: pushDownRanges(relation.left, ranges) }
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
    case 'expand':
      return { ...relation, input: pushDownRanges(relation.input, rangesOfEnds(relation, ranges)) }
    case 'join':
      return joinWithRanges(relation, ranges)
    case 'aggregate':
      return { ...relation, input: pushDownRanges(relation.input, rangesIn(ranges, new Set(relation.keys))) }
    case 'window':
      return { ...relation, input: pushDownRanges(relation.input, rangesIn(ranges, new Set(relation.partitionBy))) }
    case 'union-all': {
      const inputs = relation.inputs.map((input) =>
        pushDownRanges(input, rangesOfInput(ranges, relation.columns, input)),
      )
      return { ...relation, inputs }
    }
    case 'set-operation': {
      const [left, right] = [relation.left, relation.right].map((side) =>
        pushDownRanges(side, rangesOfInput(ranges, relation.columns, side)),
      )
      return left && right ? { ...relation, left, right } : relation
    }
  }
}

function joinWithRanges(relation: Join, ranges: Ranges): Relation {
  const { type, left, right, on } = relation
  const [leftColumns, rightColumns] = [new Set(columnsOf(left)), new Set(columnsOf(right))]
  const equal = equalities(on, leftColumns, rightColumns)
  const onLeft = rangesIn(ranges, leftColumns)
  const onRight = type === 'inner' ? rangesIn(ranges, rightColumns) : new Map<ColumnId, Range>()
  const acrossEquality = equal.flatMap(({ left: from, right: to }) => {
    const range = onLeft.get(from)
    return range ? [[to, { ...range, nulls: false }] as const] : []
  })
  return {
    ...relation,
    left: pushDownRanges(left, onLeft),
    right: pushDownRanges(right, intersectRanges(onRight, new Map(acrossEquality))),
  }
}

/**
 * The ranges of the input's columns. A row of the input gives values of the range only if its
 * series begins before the end of the range, and ends after the beginning of the range.
 */
export function rangesOfEnds({ input, id, values }: Expansion, ranges: Ranges): Ranges {
  const own = rangesIn(ranges, new Set(columnsOf(input)))
  const range = ranges.get(id)
  // Files have no bounds of an array's elements.
  if (!range || values.kind === 'elements') return own
  const { from, to } = values
  const { min, max } = range
  const begins = new Map([[from, { ...(max !== undefined && { max }), nulls: false }]])
  const ends = new Map([[to, { ...(min !== undefined && { min }), nulls: false }]])
  return intersectRanges(own, intersectRanges(begins, ends))
}

/** The ranges of the columns from which `expression` computes the columns of `ranges`. */
export function preimages(ranges: Ranges, expression: (column: ColumnId) => Expression | undefined): Ranges {
  return [...ranges].reduce<Ranges>((all, [column, range]) => {
    const computed = expression(column)
    const argument = computed && preimage(computed, range)
    return argument ? intersectRanges(all, new Map([[argument.column, argument.range]])) : all
  }, new Map())
}

function rangesIn(ranges: Ranges, columns: ReadonlySet<ColumnId>): Ranges {
  return new Map([...ranges].filter(([column]) => columns.has(column)))
}

/** The ranges under the column ids of an input of a union or set operation. */
function rangesOfInput(ranges: Ranges, from: readonly ColumnId[], input: Relation): Ranges {
  const to = columnsOf(input)
  return new Map(
    [...ranges].flatMap(([column, range]) => {
      const other = to[from.indexOf(column)]
      return other === undefined ? [] : [[other, range] as const]
    }),
  )
}
