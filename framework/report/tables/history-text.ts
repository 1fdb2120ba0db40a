/** Prints the versions of a table. */
import type { HistoryEntry } from '../../delta/history.ts'
import { parseProvenance } from '../../observe/provenance.ts'
import { printable } from '../../text/printable.ts'
import { count, moment, shortAge } from '../layout/format-numbers.ts'
import type { Page } from '../layout/page.ts'
import { type TextColumn, type TextRow, tableLines } from '../layout/text-table.ts'

/** Writes one line for each version, in the given order. */
export function historyText(key: string, entries: readonly HistoryEntry[], page: Page): string {
  if (entries.length === 0) return `${key} has no versions yet: \`lake materialize ${key}\` builds the first.`
  return historyLines(entries, page).join('\n')
}

export function historyLines(entries: readonly HistoryEntry[], page: Page): readonly string[] {
  return tableLines(
    COLUMNS,
    entries.map((entry) => historyRow(entry, page.now)),
    page,
  )
}

const COLUMNS: readonly TextColumn[] = [
  { title: 'version', align: 'right' },
  { title: 'time (UTC)' },
  { title: 'age', align: 'right', spare: true },
  { title: 'operation' },
  { title: 'rows', align: 'right', optional: true },
  { title: 'added', align: 'right', spare: true },
  { title: 'removed', align: 'right', spare: true },
  { title: 'run or writer', uncut: true },
]

function historyRow(entry: HistoryEntry, now: Date): TextRow {
  const { version, timestamp, commitInfo, rowsAdded, rowsRemoved } = entry
  const provenance = parseProvenance(commitInfo.lake)
  const at = new Date(timestamp)
  return [
    `${version}`,
    moment(at),
    shortAge(at, now),
    printable(commitInfo.operation),
    provenance ? count(provenance.content.rows) : '',
    changed('+', rowsAdded),
    changed('-', rowsRemoved),
    provenance?.runId ?? printable(commitInfo.engineInfo ?? '-'),
  ]
}

function changed(sign: '+' | '-', rows: number | undefined): string {
  if (rows === undefined) return '?'
  return rows === 0 ? '0' : sign + count(rows)
}
