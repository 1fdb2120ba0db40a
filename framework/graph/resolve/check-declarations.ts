/** Checks a table's declarations of keys, partitions and a single row. */
import { historyChecksOf } from '../../declare/checks.ts'
import type { Column } from '../../declare/columns.ts'
import type { Table } from '../../declare/definition.ts'
import { isNested, nestedName } from '../../expression/value-type.ts'
import type { Report } from '../problem.ts'

/** Reports mistakes in the declarations about a table's rows. */
export function checkDeclarations(table: Table, columns: readonly Column[], report: Report): void {
  checkKeyColumns(table.primaryKey, columns, report)
  checkOneRow(table, report)
  checkPartitions(table, columns, report)
  checkVectors(table, columns, report)
  checkHistory(table, columns, report)
}

/** Reports columns of a primary key that cannot be part of one. */
export function checkKeyColumns(primaryKey: readonly string[], columns: readonly Column[], report: Report): void {
  for (const name of primaryKey) {
    const column = columns.find((candidate) => candidate.name === name)
    if (!column) report(`the primary key names ${name}, which is not a column`, 'name declared columns only')
    else if (column.nullable) report(`the primary key's column ${name} is nullable`, NEVER_NULL)
    else if (isNested(column.type))
      report(`the primary key's column ${name} is ${nestedName(column.type)}`, SCALARS_ONLY)
  }
}

const NEVER_NULL = "drop its .nullable(), or the column from the key; fn.coalesce('a', val('x')) replaces a null"
const SCALARS_ONLY = 'give the parts that count a column of their own'

/** A table of one row has no key, no partitions and no declaration of increments. */
function checkOneRow({ oneRow, primaryKey, partitionBy, incremental }: Table, report: Report): void {
  if (!oneRow) return
  if (primaryKey.length > 0) report('it has one row and a primary key', 'drop its primaryKey')
  if (partitionBy.length > 0) report('it has one row and partitions', 'drop its partitionBy')
  if (incremental) report('it has one row, which follows its upstreams by itself', 'drop `incremental`')
}

function checkPartitions(table: Table, columns: readonly Column[], report: Report): void {
  for (const name of table.partitionBy) {
    const column = columns.find((candidate) => candidate.name === name)
    if (!column) report(`it is partitioned by ${name}, which is not a column`, 'name declared columns only')
    else if (isNested(column.type) || ['double', 'timestamp', 'binary'].includes(column.type.kind)) {
      report(
        `it is partitioned by ${name}, a ${column.type.kind}`,
        'partition by text, int, bigint, boolean, date or decimal',
      )
    }
  }
  if (table.partitionBy.length > 0 && table.partitionBy.length >= columns.length) {
    report('it is partitioned by all of its columns', 'leave at least one column to the data files')
  }
}

/** Checks the tolerances and columns of the checks against earlier versions. */
function checkHistory(table: Table, columns: readonly Column[], report: Report): void {
  for (const check of historyChecksOf(table)) {
    const { tolerance, versions } = check
    if (!(tolerance >= 0 && Number.isFinite(tolerance)))
      report(`a check has the tolerance ${tolerance}`, 'give a share, such as 0.5')
    if (!Number.isInteger(versions) || versions < 1 || versions > MOST_VERSIONS) {
      report(`a check compares with ${versions} versions`, `give a whole number from 1 to ${MOST_VERSIONS}`)
    }
    if (check.kind === 'row-count') continue
    if (!columns.some(({ name }) => name === check.column)) {
      report(`a check names ${check.column}, which is not a column`, 'name a declared column')
    }
    if (table.deletionVectors) {
      report(
        `a check compares the nulls in ${check.column}, and it has deletionVectors`,
        'drop one of them: the nulls of deleted rows cannot be distinguished from the others',
      )
    }
  }
}

const MOST_VERSIONS = 100

/** DuckDB uses this name for the position of a row in its file. */
const POSITION_COLUMN = 'file_row_number'

function checkVectors({ deletionVectors, incremental }: Table, columns: readonly Column[], report: Report): void {
  if (!deletionVectors) return
  if (!incremental) {
    report(
      'it has deletionVectors and is not incremental',
      'drop its deletionVectors: only increments delete rows of a file',
    )
  }
  const taken = columns.find(({ name }) => name.toLowerCase() === POSITION_COLUMN)
  if (taken)
    report(
      `it has deletionVectors and a column ${taken.name}`,
      'rename the column: engines use its name for the position of a row',
    )
}
