/** Prints the result of `lake vacuum`. */
import type { Vacuumed, VacuumedFile } from '../../maintain/vacuum/vacuum.ts'
import { printable } from '../../text/printable.ts'
import { bytes, count, counted } from '../layout/format-numbers.ts'
import type { Page } from '../layout/page.ts'
import { type TextColumn, tableLines } from '../layout/text-table.ts'

/**
 * Writes every file of a dry run, else the counts of each directory; then the kept versions and
 * files with reasons.
 */
export function vacuumText({ deleted, bytes: total, dryRun, kept }: Vacuumed, page: Page): string {
  const head =
    deleted.length === 0
      ? 'Nothing to delete.'
      : `${dryRun ? 'Would delete' : 'Deleted'} ${counted(deleted.length, 'file')}, ${bytes(total)}:`
  const lines = dryRun ? fileLines(deleted, page) : directoryLines(deleted, page)
  const versions = kept.versions.map(({ asset, from, to, why }) => [
    asset,
    from === to ? `version ${count(from)}` : `versions ${count(from)} to ${count(to)}`,
    why,
  ])
  return [
    head,
    ...lines,
    ...(versions.length > 0
      ? ['', 'Kept:', ...rowLines([{ title: '' }, { title: '' }, { title: '' }], versions, page)]
      : []),
    ...(kept.files.length > 0 ? ['', 'Kept though no version needs them:', ...fileLines(kept.files, page)] : []),
  ].join('\n')
}

const FILE_COLUMNS: readonly TextColumn[] = [{ title: '' }, { title: '', align: 'right' }, { title: '' }]

function fileLines(files: readonly VacuumedFile[], page: Page): readonly string[] {
  const rows = files.map(({ path, size, why }) => [printable(path), bytes(size), why])
  return rowLines(FILE_COLUMNS, rows, page)
}

function directoryLines(files: readonly VacuumedFile[], page: Page): readonly string[] {
  const directories = new Map<string, { readonly files: number; readonly size: number }>()
  for (const { path, size } of files) {
    const directory = path.slice(0, path.lastIndexOf('/'))
    const sum = directories.get(directory) ?? { files: 0, size: 0 }
    directories.set(directory, { files: sum.files + 1, size: sum.size + size })
  }
  const rows = [...directories].map(([directory, sum]) => [
    printable(directory),
    counted(sum.files, 'file'),
    bytes(sum.size),
  ])
  return rowLines([{ title: '' }, { title: '', align: 'right' }, { title: '', align: 'right' }], rows, page)
}

function rowLines(columns: readonly TextColumn[], rows: readonly (readonly string[])[], page: Page): readonly string[] {
  if (rows.length === 0) return []
  const [, ...lines] = tableLines(columns, rows, { ...page, width: page.width - 2 })
  return lines.map((line) => `  ${line}`)
}
