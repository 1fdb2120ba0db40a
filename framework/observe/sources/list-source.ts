/** Lists the files of a source: those that match its pattern, or the live ones of a Delta table. */
import { type OutsideTable, readOutsideTable } from '../../delta/outside/outside-table.ts'
import type { ResolvedSource } from '../../graph/resolved-asset.ts'
import { listedFiles } from '../../ingest/delta/listed-files.ts'
import { lineColumns } from '../../ingest/lines/line-columns.ts'
import { PackedFiles } from '../../storage/packed-files.ts'
import type { Storage } from '../../storage/storage.ts'
import { type SourceFiles, sortSourceFiles } from './source-files.ts'

interface ListedSource extends SourceFiles {
  /** All files below the root; for a Delta table only the live ones. */
  readonly listed: PackedFiles
  /** The version of the Delta table that has the files. Undefined for other formats. */
  readonly table: OutsideTable | undefined
}

interface SourceListContext {
  /** Paths that are expected to exist, in order. */
  readonly known: () => readonly string[]
  /** The patterns of all sources with this root. */
  readonly patternsHere: readonly string[] | undefined
}

/** Throws `source-missing` and `source-unreadable` as `readOutsideTable` does. */
export async function listSource(
  storage: Storage,
  { declared, columns }: Pick<ResolvedSource, 'declared' | 'columns'>,
  { known, patternsHere }: SourceListContext,
): Promise<ListedSource> {
  if (declared.format.kind !== 'delta') {
    const listed = await storage.listPacked('', known)
    return { ...sortSourceFiles(listed, declared.pattern, patternsHere), listed, table: undefined }
  }
  // Throws for a link that leads out of the directory, because the log can name files behind one.
  if (storage.localRoot !== undefined) await storage.listPacked('')
  const table = await readOutsideTable(storage, declared.key)
  const keys = lineColumns(columns).map(({ keys: [key] }) => key)
  const files = PackedFiles.of(listedFiles(table, keys))
  return { files, listed: files, ignored: { count: 0, examples: [] }, table }
}
