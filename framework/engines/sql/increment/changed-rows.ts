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

export interface FilesChanged {
  readonly gone: readonly DataFile[]
  readonly come: readonly DataFile[]
}

/** Rows that differ only in columns that this table does not read cancel each other out. */
export function withoutSameRows(session: SqlSession, read: ReadInput, whole: string): Promise<ChangedRows> {
  const part = (which: string) => `SELECT ${identifiersIn(session.dialect, read.columns)} FROM ${whole}_${which}`
  return createDifference(session, read, { gone: part('removed'), come: part('added'), both: part('carried') })
}

/** Whether each version can have rows that the other lacks, so that both have to be compared. */
function hasBoth({ within }: InputVersions, { gone, come }: FilesChanged): boolean {
  if (gone.length === 0 || come.length === 0) return false
  return within === undefined || (within.rowsBefore > 0 && within.rowsAfter > 0)
}

/** The number of rows that each version has of its own, if both have as many. */
function rowsOfEach({ within }: InputVersions, { gone, come }: FilesChanged): number | undefined {
  const rowsIn = (files: readonly DataFile[]) => files.reduce((sum, { rows = Number.NaN }) => sum + rows, 0)
  const [before, after] = within ? [within.rowsBefore, within.rowsAfter] : [rowsIn(gone), rowsIn(come)]
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
  const sides = (gone: string, come: string) => ({
    gone,
    come,
    both: within ? rows(files.come, 'ANTI') : `SELECT ${columns} FROM (${come}) AS come WHERE false`,
  })
  const [gone, come] = [rows(files.gone, 'SEMI'), rows(files.come, 'SEMI')]
  if (hasBoth(input, files)) {
    const all = sides(gone, come)
    const versions = { ...read, come: files.come, within: matching('SEMI') }
    // If rows were only edited, most rows are at the same positions as before.
    const isEdited = (rowsOfEach(input, files) ?? 0) > session.worth.minRowsToSkip
    const fewer = isEdited ? await withoutSamePlaces(session, versions, all) : undefined
    return createDifference(session, read, fewer ?? all)
  }
  await session.keep(`${name}_gone`, gone)
  await session.keep(`${name}_come`, come)
  const [removed = 0, added = 0] = await countsOf(session, [`${name}_gone`, `${name}_come`])
  const kept = sides(`SELECT ${columns} FROM ${name}_gone`, `SELECT ${columns} FROM ${name}_come`)
  return combine(session, read, kept, { removed, added })
}

/** `counts` are the numbers of rows in `gone` and `come`. */
async function combine(session: SqlSession, read: ReadInput, sides: Sides, counts: ChangedRows): Promise<ChangedRows> {
  if (counts.removed > 0 && counts.added > 0) return createDifference(session, read, sides)
  await session.view(`${read.name}_removed`, sides.gone)
  await session.view(`${read.name}_added`, sides.come)
  await session.view(`${read.name}_carried`, sides.both)
  return counts
}

/** Cancels out the rows that are in both `gone` and `come`. */
async function createDifference(
  session: SqlSession,
  { name, columns }: ReadInput,
  { gone, come, both }: Sides,
): Promise<ChangedRows> {
  const { identifier } = session.dialect
  const renamed = columns.map((column, index) => `${identifier(column)} AS c${index}`).join(', ')
  const grouped = columns.map((_, index) => `c${index}`).join(', ')
  await session.keep(
    name,
    `SELECT ${grouped}, count(*) FILTER (WHERE side = 0) AS gone, count(*) FILTER (WHERE side = 1) AS come FROM ` +
      `(SELECT ${renamed}, 0 AS side FROM (${gone}) AS old UNION ALL SELECT ${renamed}, 1 AS side FROM (${come}) AS new) ` +
      `GROUP BY ${grouped}`,
  )
  const named = columns.map((column, index) => `c${index} AS ${identifier(column)}`).join(', ')
  const copies = (count: string) => session.dialect.copies({ columns: named, table: name, count })
  await session.keep(`${name}_removed`, copies('gone - come'))
  await session.keep(`${name}_added`, copies('come - gone'))
  await session.view(`${name}_same`, copies('least(gone, come)'))
  await session.view(`${name}_carried`, `${copies('least(gone, come)')} UNION ALL ${both}`)
  const [removed = 0, added = 0] = await countsOf(session, [`${name}_removed`, `${name}_added`])
  return { removed, added }
}
