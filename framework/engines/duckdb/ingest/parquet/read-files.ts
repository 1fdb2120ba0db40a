/** Describes Parquet files that were read: their counts, their rejects, and their keys. */
import { type FileKeys, MAX_NAME, MAX_NAMES, NO_KEYS } from '../../../../ingest/keys/file-keys.ts'
import { shortened } from '../../../../ingest/lines/parse-value.ts'
import { type ManifestEntry, UNSETTLED } from '../../../../ingest/manifest-entry.ts'
import { type RejectedLine, WHOLE_FILE } from '../../../../ingest/rejects.ts'
import type { OpenFile } from '../../../../storage/storage.ts'
import { count } from '../../../../text/counted.ts'
import type { DuckDb } from '../../duckdb-session.ts'
import type { LoadedBatches } from '../load-batches.ts'
import type { FilePlan } from './file-plan.ts'
import type { Examples } from './file-plans.ts'
import { type PlannedFiles, rejectsSql } from './parquet-sql.ts'
import type { ReadyFile } from './ready-file.ts'

/** Maximum length of a reject's text, in characters. */
const MAX_TEXT = 65_536
/** Maximum length of a reject's text if a batch has more than MANY rejects. */
const SHORT_TEXT = 256
const MANY = 10_000
/** Minimum number of rejects at which a file is refused as a whole if no row of it fits. */
const ENOUGH_REJECTS = 1_000

/** The rows that do not fit. `expected` is at least their number. */
export async function rejectsOf(db: DuckDb, planned: PlannedFiles, expected: number): Promise<readonly RejectedLine[]> {
  const { conditions } = planned.plan
  if (conditions.length === 0) return []
  const maxText = expected > MANY ? SHORT_TEXT : MAX_TEXT
  const paths = new Map(planned.files.map(({ file, location }) => [location, file.path]))
  const rows = await db.rows(rejectsSql(planned, maxText + 1))
  return rows.map(({ location, row, wrong, shown, text }) => {
    const record = String(text ?? '')
    const reason = conditions[Number(wrong)]?.reason(shortened(String(shown ?? ''))) ?? 'does not fit'
    const isCut = record.length > maxText
    return {
      ...{ file: paths.get(String(location)) ?? '', line: Number(row) },
      reason: isCut ? `${reason} (text cut at ${count(maxText)} characters)` : reason,
      text: isCut ? record.slice(0, maxText).replace(/[\ud800-\udbff]$/, '') : record,
    }
  })
}

interface ReadOptions {
  /** Whether keys are counted. */
  readonly counted: boolean
  /** Whether a file is refused as a whole if no row of it fits. */
  readonly foldsRejects: boolean
  readonly examples: ReadonlyMap<FilePlan, Examples>
}

/** The entries of the files, and the rejects to keep. A refused file has one reject. */
export function readingOf(
  files: readonly ReadyFile[],
  rejects: readonly RejectedLine[],
  { counted, foldsRejects, examples }: ReadOptions,
): { readonly read: readonly ManifestEntry[]; readonly kept: readonly RejectedLine[] } {
  const byFile = rejectsByFile(rejects)
  const read: ManifestEntry[] = []
  const kept: RejectedLine[] = []
  for (const { file, plan, rows } of files) {
    const own = byFile.get(file.path) ?? []
    const [first] = own
    if (foldsRejects && first && own.length === rows && rows >= ENOUGH_REJECTS) {
      const refused = refusalOf(file, `none of its ${rows} rows fits: ${first.reason} (row ${first.line})`, counted)
      read.push(...refused.read)
      kept.push(...refused.rejects)
      continue
    }
    const keys = counted && { keys: keysOf(plan, rows - own.length, examples.get(plan)) }
    read.push({ ...entryOf(file), rows: rows - own.length, rejected: own.length, ...keys })
    kept.push(...own)
  }
  return { read, kept }
}

function rejectsByFile(rejects: readonly RejectedLine[]): ReadonlyMap<string, readonly RejectedLine[]> {
  const byFile = new Map<string, RejectedLine[]>()
  for (const reject of rejects) {
    const own = byFile.get(reject.file)
    if (own) own.push(reject)
    else byFile.set(reject.file, [reject])
  }
  return byFile
}

/** A file that is refused as a whole. */
export function refusalOf(file: OpenFile, reason: string, counted: boolean): LoadedBatches {
  const keys = counted && { keys: NO_KEYS }
  return {
    files: [],
    read: [{ ...entryOf(file), rows: 0, rejected: 1, ...keys }],
    rejects: [{ file: file.path, line: WHOLE_FILE, reason, text: '' }],
  }
}

export function emptyFile(file: OpenFile, counted: boolean): LoadedBatches {
  const keys = counted && { keys: NO_KEYS }
  return { files: [], read: [{ ...entryOf(file), rows: 0, rejected: 0, ...keys }], rejects: [] }
}

/**
 * The entry of an unsettled file must not match the next listing, so that the file is read again.
 */
const entryOf = ({ path, size, etag, settled }: OpenFile) => ({ path, size, etag: settled ? etag : UNSETTLED })

/** All rows of a file have the same keys. */
function keysOf({ untaken, absent }: FilePlan, rows: number, examples: Examples | undefined): FileKeys {
  if (rows === 0) return NO_KEYS
  const named = untaken.filter(({ name }) => name.length <= MAX_NAME).slice(0, MAX_NAMES)
  const unknown = named.map(({ name }) => ({ name, rows, example: examples?.get(name) ?? '' }))
  return { unknown, more: named.length < untaken.length ? rows : 0, bare: 0, absent }
}
