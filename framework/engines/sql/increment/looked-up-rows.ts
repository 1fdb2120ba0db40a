/**
 * Looks up rows of an upstream by a column of another's changed rows, once for all tables of a run.
 */
import type { ChangedRows } from '../../../engine/increment.ts'
import { countsOf, identifiersIn, type SqlSession } from '../sql-session.ts'
import { inputOfFiles } from './input-of-files.ts'
import type { OpenInput } from './open-input.ts'

/** The column of an upstream by which its rows are looked up. */
interface InputColumn {
  readonly input: OpenInput
  readonly column: string
}

interface Wanted extends InputColumn {
  /** The columns that the rows have to have. */
  readonly columns: readonly string[]
}

interface LookedUpRows {
  readonly name: string
  readonly rows: number
}

/** Maximum number of rows that are kept, and of changed rows by which they are looked up. */
const MOST = 20_000

/** Whether so few rows have changed that probably few rows match them. */
export const isFewRows = (counts: ChangedRows | undefined): boolean =>
  counts !== undefined && counts.removed + counts.added <= MOST

/**
 * The unchanged rows whose column equals the other column in some changed row. Undefined if no
 * other table is known to need these rows, or if they are too many to keep.
 */
export async function lookedUp(
  session: SqlSession,
  { input, column, columns: wanted }: Wanted,
  from: InputColumn,
): Promise<LookedUpRows | undefined> {
  const { shared, whole, common, differing } = input
  const changed = from.input
  const has = (columns: readonly string[]) => columns.every((name) => shared?.columns.includes(name))
  const isShared = has([column, ...wanted]) && (differing.length === 0 || whole !== undefined)
  if (!shared || !isShared || !changed.shared?.columns.includes(from.column) || changed.whole === undefined)
    return undefined
  const { name: changedRows } = changed.whole
  const cacheKey = JSON.stringify([shared.name, shared.columns, column, changed.shared.name, changedRows, from.column])
  return session.shareIfRequestedBefore?.(cacheKey, async (own, name) => {
    const { identifier } = own.dialect
    const parts = [
      own.files(inputOfFiles(input.columns, common)),
      ...(whole === undefined ? [] : [`${whole.name}_carried`]),
    ]
    const keys = ['removed', 'added'].map(
      (part) => `SELECT ${identifier(from.column)} AS changed FROM ${changedRows}_${part}`,
    )
    await own.keep(`${name}_keys`, keys.join(' UNION '))
    const matching = (columns: readonly string[]) => {
      const rows = parts.map((part) => `SELECT ${identifiersIn(own.dialect, columns)} FROM ${part}`).join(' UNION ALL ')
      return `(${rows}) AS own SEMI JOIN ${name}_keys AS keys ON own.${identifier(column)} = keys.changed`
    }
    // Counting reads one column only, and ends early.
    const [rows = 0] = await countsOf(own, [`(SELECT 1 FROM ${matching([column])} LIMIT ${MOST + 1})`])
    if (rows > MOST) return undefined
    const found = `SELECT ${identifiersIn(own.dialect, shared.columns)} FROM ${matching(shared.columns)}`
    await own.keep(name, rows === 0 ? `${found} WHERE false` : found)
    return { name, rows }
  })
}
