/** Describes how an asset's code differs from the recorded code. */
import type { AssetCode } from '../graph/code-version.ts'

/**
 * Describes each difference: `the query`, `column title: text -> text null`. None if the versions
 * are equal.
 */
export function codeChanges(now: AssetCode, then: AssetCode): readonly string[] {
  const [newTypes, oldTypes] = [columnTypes(now), columnTypes(then)]
  const changes: string[] = []
  if (now.query !== then.query) changes.push('the query')
  for (const [name, type] of newTypes) {
    const old = oldTypes.get(name)
    if (old === undefined) changes.push(`column ${name} added`)
    else if (old !== type) changes.push(`column ${name}: ${old} -> ${type}`)
  }
  for (const name of oldTypes.keys()) if (!newTypes.has(name)) changes.push(`column ${name} removed`)
  const kept = [...oldTypes.keys()].filter((name) => newTypes.has(name))
  const ordered = [...newTypes.keys()].filter((name) => oldTypes.has(name))
  for (const name of movedNames(kept, ordered)) changes.push(`column ${name} moved`)
  if (now.partitionBy.join() !== then.partitionBy.join()) changes.push('the partitioning')
  return changes
}

/** Column name -> type, in the order of the columns. */
const columnTypes = ({ columns }: AssetCode): ReadonlyMap<string, string> =>
  new Map(columns.map((column) => [column.split(' ', 1)[0] ?? '', column.slice(column.indexOf(' ') + 1)]))

/**
 * The smallest set of names that must move to turn one order into the other: the names outside of a
 * longest common subsequence.
 */
function movedNames(before: readonly string[], after: readonly string[]): readonly string[] {
  if (before.join() === after.join()) return []
  const lengths = commonLengths(before, after)
  const at = (row: number, column: number) => lengths[row]?.[column] ?? 0
  const kept = new Set<string>()
  for (let row = 0, column = 0; row < before.length && column < after.length; ) {
    const name = before[row] ?? ''
    if (name === after[column]) {
      kept.add(name)
      row++
      column++
    } else if (at(row + 1, column) >= at(row, column + 1)) row++
    else column++
  }
  return after.filter((name) => !kept.has(name))
}

/** [i][j]: length of the longest common subsequence of `before` from i on and `after` from j on. */
function commonLengths(before: readonly string[], after: readonly string[]): readonly (readonly number[])[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0))
  for (let row = before.length - 1; row >= 0; row--) {
    const [own, below] = [lengths[row] ?? [], lengths[row + 1] ?? []]
    for (let column = after.length - 1; column >= 0; column--) {
      const isSame = before[row] === after[column]
      own[column] = isSame ? (below[column + 1] ?? 0) + 1 : Math.max(below[column] ?? 0, own[column + 1] ?? 0)
    }
  }
  return lengths
}
