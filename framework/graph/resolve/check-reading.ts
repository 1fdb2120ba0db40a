/** Checks where the columns of a source get their values, and how the values are written. */
import type { Column } from '../../declare/columns.ts'
import { declaredColumns } from '../../declare/definition.ts'
import { formatProblem } from '../../declare/reading/value-format.ts'
import type { PathPlace } from '../../declare/reading/value-place.ts'
import { isNested } from '../../expression/value-type.ts'
import type { Report } from '../problem.ts'

export function checkReading(columns: readonly Column[], report: Report): void {
  const read = declaredColumns(columns)
  if (read.length > 0 && read.every(({ place }) => place !== undefined && place.kind !== 'key')) {
    report('all of its columns are read from the path of a file', 'declare a column that is read from the lines')
  }
  for (const { name, type, place, unreadablePlace, format } of columns) {
    if (place && place.kind !== 'key' && (isNested(type) || type.kind === 'binary')) {
      report(
        `the column ${name} is read from the path of a file, which holds no ${type.kind} values`,
        'declare it with text()',
      )
    }
    if (unreadablePlace !== undefined) {
      report(
        `the column ${name} is read from ${JSON.stringify(unreadablePlace)}, which is no path`,
        "write a path such as $.a.b or $.a['b c'], without positions of arrays and without *",
      )
    }
    const problem = format && formatProblem(format)
    if (problem) report(`the column ${name}: ${problem[0]}`, problem[1])
    if (place && place.kind !== 'key') checkPathPlace(name, place, { isJson: format?.kind === 'json', report })
  }
}

function checkPathPlace(
  name: string,
  place: PathPlace,
  { isJson, report }: { readonly isJson: boolean; readonly report: Report },
): void {
  if (isJson) {
    report(`the column ${name} is read from the path of a file, which holds no JSON values`, 'declare it with text()')
  }
  if (place.kind === 'directory' && !/^[^/=]+$/.test(place.name)) {
    report(
      `the column ${name} is read from the directory ${JSON.stringify(`${place.name}=`)}, which no path has`,
      "name what precedes the '=', such as 'year', or give a pattern: fromPath(/events-(.*)\\.json$/)",
    )
  }
  const groups = place.kind === 'match' ? groupsOf(place) : 1
  if (groups !== 1) {
    report(`the column ${name} is read from a path by a pattern with ${groups} groups`, 'give it one group: (...)')
  }
}

/** A match of the empty text has as many entries as the pattern has groups. */
const groupsOf = ({ pattern, flags }: Extract<PathPlace, { readonly kind: 'match' }>): number =>
  (new RegExp(`${pattern}|`, flags).exec('')?.length ?? 1) - 1

/** Reports columns of a table whose declaration only makes sense in a source. */
export function refuseReading(columns: readonly Column[], report: Report): void {
  for (const { name, place, unreadablePlace, format } of columns) {
    const isRead = place !== undefined || unreadablePlace !== undefined
    if (isRead || (format !== undefined && format.kind !== 'json')) {
      report(
        `the column ${name} says how a source reads it, but a query computes it`,
        'drop its from, fromPath and format: only columns of sources have them',
      )
    }
  }
}
