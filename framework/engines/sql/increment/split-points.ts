/**
 * Splits a table's files by a column's bounds, so that they can be read in pieces until a result is
 * found.
 */
import type { ColumnType } from '../../../declare/columns.ts'
import type { DataFile } from '../../../engine/data-file.ts'
import type { Expression } from '../../../expression/expression.ts'
import { readAs } from '../../../expression/literal.ts'
import { MICROS_IN_MILLI } from '../../../expression/moments.ts'
import type { Cut } from '../../../increment/staging.ts'
import type { RangeValue } from '../../../relation/range.ts'

interface SplitColumn {
  readonly name: string
  readonly type: ColumnType
  readonly direction: 'asc' | 'desc'
}

/** Factor by which each piece has more files than the one before it. */
const GROWTH = 4

/**
 * Returns bounds at which to cut the reading. If files are ordered by their first value in the
 * direction, rows beyond a cut are only in the files before it. Empty unless all files have bounds.
 */
export function splitPointsOf(files: readonly DataFile[], { name, type, direction }: SplitColumn): readonly Cut[] {
  const ends = files.flatMap((file) => {
    const stats = file.stats(name)
    const end = direction === 'desc' ? stats?.max : stats?.min
    return end === undefined ? [] : [end]
  })
  if (ends.length < files.length) return []
  const ordered = ends.toSorted((left, right) =>
    isBefore(left, right, direction) ? -1 : isBefore(right, left, direction) ? 1 : 0,
  )
  const cuts: Cut[] = []
  for (let index = 1, size = GROWTH; index < ordered.length; index += size, size *= GROWTH) {
    const cut = cutAt(ordered[index], type)
    if (cut) cuts.push(cut)
  }
  return cuts
}

function isBefore(left: RangeValue, right: RangeValue, direction: 'asc' | 'desc'): boolean {
  if (typeof left === 'string' && typeof right === 'string') {
    const order = Buffer.compare(Buffer.from(left), Buffer.from(right))
    return direction === 'desc' ? order > 0 : order < 0
  }
  return direction === 'desc' ? left > right : left < right
}

/** A cut can be rounded: its value affects how much is read, but not the result. */
function cutAt(value: RangeValue | undefined, type: ColumnType): Cut | undefined {
  switch (type.kind) {
    case 'int':
    case 'bigint':
    case 'double':
    case 'text':
    case 'date':
      return value === undefined ? undefined : cut(value, readAs(value, type))
    case 'timestamp': {
      if (typeof value !== 'bigint') return undefined
      const millis = value / MICROS_IN_MILLI
      const at = new Date(Number(millis))
      return cut(millis * MICROS_IN_MILLI, readAs(at, type))
    }
    case 'boolean':
    case 'decimal':
    case 'binary':
    case 'array':
    case 'struct':
    case 'map':
      return undefined
  }
}

const cut = (value: RangeValue, literal: Expression | undefined): Cut | undefined => literal && { value, literal }
