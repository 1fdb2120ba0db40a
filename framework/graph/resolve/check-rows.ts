/** Checks what a source from code declares about its rows. */
import type { Column } from '../../declare/columns.ts'
import type { ValueFormat } from '../../declare/reading/value-format.ts'
import type { RowsFromCode } from '../../declare/rows/rows-from-code.ts'
import { parseDuration } from '../../declare/runs/duration.ts'
import type { Report } from '../problem.ts'
import { checkKeyColumns } from './check-declarations.ts'

const MODES: readonly string[] = ['append', 'replace', 'upsert'] satisfies readonly RowsFromCode['mode'][]

export function checkRows(rows: RowsFromCode, columns: readonly Column[], report: Report): void {
  const { mode, primaryKey, cursor, read, checkpointRows } = rows
  if (typeof read !== 'function') report('its rows are not a function', 'write async *rows({ cursor, signal }) { ... }')
  if (!MODES.includes(mode)) {
    report(
      `its mode is ${JSON.stringify(mode)}`,
      'say what its rows do to the table: append, replace (they are all of its rows) or upsert (by key)',
    )
  }
  checkKeyColumns(primaryKey, columns, report)
  if (mode === 'upsert' && primaryKey.length === 0) report('it upserts rows and has no primary key', 'declare one')
  if (mode === 'replace' && cursor)
    report(
      'it replaces all rows and has a cursor',
      'leave the cursor out: a replacing read gives all rows, and `version` says whether they differ',
    )
  if (checkpointRows !== undefined) checkCheckpoints(rows, checkpointRows, report)
  checkTimes(rows, report)
  checkColumns(columns, report)
}

function checkCheckpoints({ mode, cursor }: RowsFromCode, checkpointRows: number, report: Report): void {
  if (!(Number.isSafeInteger(checkpointRows) && checkpointRows > 0))
    report(`checkpointRows is ${checkpointRows}`, 'give a number of rows, such as 100_000')
  if (mode === 'replace')
    report('it replaces all rows and has checkpointRows', 'leave it out: a part of the rows would replace all rows')
  else if (!cursor)
    report('it has checkpointRows and no cursor', 'declare a cursor, from which an interrupted read can continue')
}

function checkTimes({ every, version, versionTimeout }: RowsFromCode, report: Report): void {
  for (const [name, duration] of Object.entries({ every, versionTimeout })) {
    if (duration !== undefined && parseDuration(duration) === undefined)
      report(`${name} is ${JSON.stringify(duration)}`, 'give a duration such as 90s, 15m, 26h or 7d')
  }
  if (version !== undefined && typeof version !== 'function')
    report('its version is not a function', 'write version: async ({ signal }) => ...')
}

function checkColumns(columns: readonly Column[], report: Report): void {
  for (const { name, place, unreadablePlace, format } of columns) {
    if (place !== undefined || unreadablePlace !== undefined || hasTimeFormat(format)) {
      report(
        `the column ${name} says how a file writes it, but code gives its rows`,
        'drop its from, fromPath and time format: a row has the names of the columns, and moments are a Date or ISO 8601',
      )
    }
  }
}

/** A part can have a time format too, in which a `Date` would be read as another moment. */
const hasTimeFormat = (format: ValueFormat | null | undefined): boolean =>
  format?.kind === 'parts' ? format.parts.some(hasTimeFormat) : format?.kind === 'time'
