/** Lists the live files of a Delta table as the files of a source. */
import { createHash } from 'node:crypto'
import type { AddFile } from '../../delta/actions.ts'
import type { OutsideColumn, OutsideType } from '../../delta/outside/outside-schema.ts'
import { type OutsideTable, partitionText } from '../../delta/outside/outside-table.ts'
import { fileId } from '../../delta/vectors/deletion-vector.ts'
import type { StoredFile } from '../../storage/storage.ts'
import { byPath } from '../../storage/stored-file.ts'

/**
 * The live files, ordered by path. `keys` are the columns that the source takes. An etag changes
 * whenever the rows of the file can change: with the table, the file, its deletion vector, its
 * partition values, and the name that a taken column has in data files.
 */
export function listedFiles(table: OutsideTable, keys: readonly string[]): readonly StoredFile[] {
  const columns = inOrder(table.columns)
  const taken = columns.filter(({ name }) => keys.includes(name)).map(placeOf)
  const partitions = columns.filter(({ name }) => table.partitionColumns.includes(name))
  const reading = [table.id, table.mapping, taken]
  const listed = [...table.files.values()].map((file) => ({
    path: file.path,
    size: file.size,
    etag: digest([...reading, fileId(file), file.size, file.modificationTime, valuesOf(file, partitions)]),
  }))
  return listed.sort(byPath)
}

/** The order of a table's columns does not affect the rows. */
const inOrder = (columns: readonly OutsideColumn[]): readonly OutsideColumn[] =>
  columns.toSorted((left, right) => (left.name < right.name ? -1 : 1))

const ETAG_CHARACTERS = 22

const digest = (parts: unknown): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, ETAG_CHARACTERS)

const valuesOf = (file: AddFile, partitions: readonly OutsideColumn[]) =>
  partitions.map((column) => partitionText(file, column) ?? null)

/**
 * Identifies where a column's values are. Its type is left out, because data files have their own
 * types.
 */
const placeOf = ({ name, physicalName, id, type }: OutsideColumn): unknown => [name, physicalName, id, partsOf(type)]

function partsOf(type: OutsideType): unknown {
  switch (type.kind) {
    case 'plain':
      return 0
    case 'struct':
      return inOrder(type.columns).map(placeOf)
    case 'array':
      return [partsOf(type.element)]
    case 'map':
      return [partsOf(type.key), partsOf(type.value)]
  }
}
