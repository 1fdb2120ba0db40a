/** Prints the versions of a table. */
import type { HistoryEntry } from '../../delta/history.ts'
import { knownProvenance } from '../../observe/provenance.ts'
import { printable } from '../../text/printable.ts'
import { count, moment, shortAge } from '../layout/format-numbers.ts'
import type { Page } from '../layout/page.ts'
import { type TextColumn, type TextRow, tableLines } from '../layout/text-table.ts'

/** The newest `limit` versions, newest first, or all of them if there are fewer. */
interface ListedVersions {
  readonly entries: readonly HistoryEntry[]
  readonly limit: number
}

/** Writes one line for each version, and says if there were older ones. */
export function historyText(key: string, { entries, limit }: ListedVersions, page: Page): string {
  const oldest = entries.at(-1)
  if (!oldest) return `${key} has no versions yet: \`lake materialize ${key}\` builds the first.`
  const isCut = entries.length < limit && oldest.version > 0
  const note = `The log begins at version ${oldest.version}. A vacuum removed older versions.`
  return [...historyLines(entries, page), ...(isCut ? ['', note] : [])].join('\n')
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
  const provenance = knownProvenance(commitInfo.lake)
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
