/** Finds rows that two versions of an upstream have at the same places of their files. */
import type { DataFile } from '../../../engine/data-file.ts'
import type { InputVersions } from '../../../engine/increment.ts'
import { countsOf, FILE_COLUMN, identifiersIn, POSITION_COLUMN, type SqlSession } from '../sql-session.ts'
import { inputOfFiles } from './input-of-files.ts'

/** SELECTs of the columns that are read. */
export interface Sides {
  /** Rows of the old version. The new version can have some of them too. */
  readonly before: string
  /** Rows of the new version. */
  readonly after: string
  /** Other rows, which both versions have. */
  readonly both: string
}

/** Two versions that have the same number of rows in the files that only one of them has. */
export interface Versions {
  /** Prefix of the names of the tables that are kept. */
  readonly name: string
  readonly input: InputVersions
  readonly columns: readonly string[]
  /** The files that only the new version has. */
  readonly onlyAfter: readonly DataFile[]
  /** The text after `FROM files AS own` that selects the rows that can differ. */
  readonly within: string
}

/**
 * Maximum number of rows at other places. If there are more, the rows are probably in another
 * order.
 */
const MOST = 20_000

/**
 * The sides without rows that both versions have at the same place. That is faster than comparing
 * each row with all others. Undefined if too many rows are left, or the engine cannot do it.
 */
export async function withoutSamePlaces(
  session: SqlSession,
  versions: Versions,
  all: Sides,
): Promise<Sides | undefined> {
  const { name, input, columns, onlyAfter, within } = versions
  const { identifier } = session.dialect
  if (!session.sideBySide || !session.filesNumbered) return undefined
  const place = identifiersIn(session.dialect, [FILE_COLUMN, POSITION_COLUMN])
  const selected = identifiersIn(session.dialect, columns)
  const numbered = `SELECT ${selected}, ${place} FROM ${session.filesNumbered(inputOfFiles(input.columns, onlyAfter))} AS own${within}`
  const named = (side: string) => columns.map((column, index) => `${identifier(column)} AS ${side}${index}`).join(', ')
  const pairs = session.sideBySide(
    `SELECT ${named('n')}, ${place}, true AS is_new FROM (${numbered}) AS new`,
    `SELECT ${named('o')}, true AS is_old FROM (${all.before}) AS old`,
  )
  const same = columns.map((_, index) => `o${index} IS NOT DISTINCT FROM n${index}`)
  const differ = `(${['is_old', 'is_new', ...same].join(' AND ')}) IS NOT TRUE`
  await session.keep(`${name}_places`, `SELECT * FROM ${pairs} WHERE ${differ} LIMIT ${MOST + 1}`)
  const [left = 0] = await countsOf(session, [`${name}_places`])
  if (left > MOST) return undefined
  const read = (side: string) => columns.map((column, index) => `${side}${index} AS ${identifier(column)}`).join(', ')
  const on = [FILE_COLUMN, POSITION_COLUMN].map(
    (column) => `numbered.${identifier(column)} = places.${identifier(column)}`,
  )
  const staying = `SELECT ${selected} FROM (${numbered}) AS numbered ANTI JOIN ${name}_places AS places ON ${on.join(' AND ')}`
  return {
    before: `SELECT ${read('o')} FROM ${name}_places WHERE is_old`,
    after: `SELECT ${read('n')} FROM ${name}_places WHERE is_new`,
    both: `${staying} UNION ALL ${all.both}`,
  }
}
