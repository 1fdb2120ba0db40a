/** Keeps the removed and the added rows of an upstream, given the files that differ, in tables. */
import type { DataFile } from '../../../engine/data-file.ts'
import type { ChangedRows, InputVersions } from '../../../engine/increment.ts'
import { countsOf, identifiersIn, type SqlSession } from '../sql-session.ts'
import { inputOfFiles } from './input-of-files.ts'
import { type Sides, withoutSamePlaces } from './same-places.ts'

/** An upstream that the query scans, and the columns that it reads. */
export interface ReadInput {
  /** Prefix of the names of its tables. */
  readonly name: string
  readonly input: InputVersions
  readonly columns: readonly string[]
}

/** The data files that only one of the versions has. */
export interface FilesChanged {
  readonly onlyBefore: readonly DataFile[]
  readonly onlyAfter: readonly DataFile[]
}

/** Rows that differ only in columns that this table does not read cancel each other out. */
export function withoutSameRows(session: SqlSession, read: ReadInput, whole: string): Promise<ChangedRows> {
  const part = (which: string) => `SELECT ${identifiersIn(session.dialect, read.columns)} FROM ${whole}_${which}`
  return createDifference(session, read, { before: part('removed'), after: part('added'), both: part('carried') })
}

/** Whether each version can have rows that the other lacks, so that both have to be compared. */
function hasBoth({ within }: InputVersions, { onlyBefore, onlyAfter }: FilesChanged): boolean {
  if (onlyBefore.length === 0 || onlyAfter.length === 0) return false
  return within === undefined || (within.rowsBefore > 0 && within.rowsAfter > 0)
}

/**
 * How many rows of each version are compared; undefined if the numbers of the two versions differ.
 */
function rowsOfEach({ within }: InputVersions, { onlyBefore, onlyAfter }: FilesChanged): number | undefined {
  const rowsIn = (files: readonly DataFile[]) => files.reduce((sum, { rows = Number.NaN }) => sum + rows, 0)
  const [before, after] = within ? [within.rowsBefore, within.rowsAfter] : [rowsIn(onlyBefore), rowsIn(onlyAfter)]
  return before === after ? before : undefined
}

/**
 * Creates three tables. NAME_removed and NAME_added hold the rows that only the old or only the new
 * version has. NAME_carried holds the rows that both have in different files. Duplicates count.
 */
export async function createParts(session: SqlSession, read: ReadInput, files: FilesChanged): Promise<ChangedRows> {
  const { name, input } = read
  const { within } = input
  const columns = identifiersIn(session.dialect, read.columns)
  if (within) await session.keepTexts(`${name}_within`, within.values)
  const matching = (join: 'SEMI' | 'ANTI') =>
    within
      ? ` ${join} JOIN ${name}_within AS inside ON own.${session.dialect.identifier(within.column)} = inside.value`
      : ''
  const rows = (some: readonly DataFile[], join: 'SEMI' | 'ANTI') =>
    `SELECT ${columns} FROM ${session.files(inputOfFiles(input.columns, some))} AS own${matching(join)}`
  const sides = (before: string, after: string) => ({
    before,
    after,
    both: within ? rows(files.onlyAfter, 'ANTI') : `SELECT ${columns} FROM (${after}) AS new WHERE false`,
  })
  const [before, after] = [rows(files.onlyBefore, 'SEMI'), rows(files.onlyAfter, 'SEMI')]
  if (hasBoth(input, files)) {
    const all = sides(before, after)
    const versions = { ...read, onlyAfter: files.onlyAfter, within: matching('SEMI') }
    // If rows were only edited, most rows are at the same positions as before.
    const isEdited = (rowsOfEach(input, files) ?? 0) > session.worth.minRowsToSkip
    const fewer = isEdited ? await withoutSamePlaces(session, versions, all) : undefined
    return createDifference(session, read, fewer ?? all)
  }
  await session.keep(`${name}_before`, before)
  await session.keep(`${name}_after`, after)
  const [removed = 0, added = 0] = await countsOf(session, [`${name}_before`, `${name}_after`])
  const kept = sides(`SELECT ${columns} FROM ${name}_before`, `SELECT ${columns} FROM ${name}_after`)
  return combine(session, read, kept, { removed, added })
}

/** `counts` are the numbers of rows in `before` and `after`. */
async function combine(session: SqlSession, read: ReadInput, sides: Sides, counts: ChangedRows): Promise<ChangedRows> {
  if (counts.removed > 0 && counts.added > 0) return createDifference(session, read, sides)
  await session.view(`${read.name}_removed`, sides.before)
  await session.view(`${read.name}_added`, sides.after)
  await session.view(`${read.name}_carried`, sides.both)
  return counts
}

/** Cancels out the rows that are in both `before` and `after`. */
async function createDifference(
  session: SqlSession,
  { name, columns }: ReadInput,
  { before, after, both }: Sides,
): Promise<ChangedRows> {
  const { identifier } = session.dialect
  const renamed = columns.map((column, index) => `${identifier(column)} AS c${index}`).join(', ')
  const grouped = columns.map((_, index) => `c${index}`).join(', ')
  await session.keep(
    name,
    `SELECT ${grouped}, count(*) FILTER (WHERE side = 0) AS rows_before, count(*) FILTER (WHERE side = 1) AS rows_after FROM ` +
      `(SELECT ${renamed}, 0 AS side FROM (${before}) AS old UNION ALL SELECT ${renamed}, 1 AS side FROM (${after}) AS new) ` +
      `GROUP BY ${grouped}`,
  )
  const named = columns.map((column, index) => `c${index} AS ${identifier(column)}`).join(', ')
  const copies = (count: string) => session.dialect.copies({ columns: named, table: name, count })
  await session.keep(`${name}_removed`, copies('rows_before - rows_after'))
  await session.keep(`${name}_added`, copies('rows_after - rows_before'))
  await session.view(`${name}_same`, copies('least(rows_before, rows_after)'))
  await session.view(`${name}_carried`, `${copies('least(rows_before, rows_after)')} UNION ALL ${both}`)
  const [removed = 0, added = 0] = await countsOf(session, [`${name}_removed`, `${name}_added`])
  return { removed, added }
}
