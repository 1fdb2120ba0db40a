/**
 * Finds the source lines whose values make a query fail. DuckDB says what overflowed, but not
 * where. So the query is run over fewer and fewer lines of one source, until one line is left.
 */
import type { BuildRequest } from '../../engine/build-request.ts'
import type { InputTable } from '../../engine/data-file.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import type { FailingLine } from '../sql/query-failure.ts'
import { type DuckDb, StatementFailed } from './duckdb-session.ts'
import { duckdbType, identifier, inputSql, textLiteral } from './sql.ts'

const MAX_LINES = 5
const MAX_FILES = 100_000
const MAX_SEARCH_MS = 10_000

/**
 * Whether values made the statement fail. The exact kind of error does not matter: one sum
 * overflows in different ways, depending on its number of rows.
 */
const isOfValues = ({ message }: StatementFailed): boolean =>
  /\b(Conversion|Out of Range|Invalid Input) Error:/.test(message)

interface FailedRun {
  readonly sql: string
  /** Alias -> the upstream version that the query reads. */
  readonly inputs: BuildRequest['inputs']
  readonly failed: StatementFailed
  readonly signal: AbortSignal
}

/**
 * Returns up to five lines that it finds within ten seconds. Each of them alone makes the query
 * fail, with all rows of the other upstreams. Or returns the one line that makes the query fail
 * together with the lines before it. Returns none if the values do not come from a source line.
 * Changes the views of the connection.
 */
export async function failingLines(
  db: DuckDb,
  asset: ResolvedTable,
  { sql, inputs, failed, signal }: FailedRun,
): Promise<readonly FailingLine[]> {
  if (!isOfValues(failed)) return []
  const found: FailingLine[] = []
  const ending = AbortSignal.timeout(MAX_SEARCH_MS)
  const search = async () => {
    await viewInputs(db, inputs)
    for (const { alias, key } of asset.upstream) {
      const input = inputs.get(alias)
      if (!input || !isSource(input)) continue
      const lines = await SourceLines.open(db, { alias, input })
      const fails = (part: Part) => {
        // An interrupt between two statements stops neither of them.
        if (ending.aborted || signal.aborted) throw new StatementFailed('it takes too long')
        return lines.failsAt(part, evaluated(asset, sql))
      }
      for await (const { index, together } of failingIndexes(lines.count, fails)) {
        found.push({ asset: key, ...lines.at(index), ...(together && { together }) })
        if (found.length === MAX_LINES) return
      }
      await db.run(viewSql(alias, { input }))
    }
  }
  await db.interruptible(search, ending).catch((error) => {
    // The search takes too long, or the query fails in another way. The lines that were found still
    // count.
    if (!(error instanceof StatementFailed)) throw error
  })
  return found
}

const isSource = ({ columns }: InputTable): boolean =>
  ['_file', '_line'].every((own) => columns.some(({ name }) => name === own))

/** A SELECT that computes every value of the query's rows in its declared type. */
function evaluated({ columns }: ResolvedTable, sql: string): string {
  const typed = columns.map(({ name, type }) => `hash(CAST(${identifier(name)} AS ${duckdbType(type)}))`)
  return `SELECT ${typed.map((hash) => `max(${hash})`).join(', ')} FROM (${sql}) AS result`
}

/** Lines by their indexes, from `from` up to but excluding `to`. */
interface Part {
  readonly from: number
  readonly to: number
}

type Fails = (part: Part) => Promise<boolean>

interface FailingIndex {
  readonly index: number
  /** Whether the query fails at the line only together with lines before it. */
  readonly together: boolean
}

/**
 * The lines that fail by themselves, in their order. If there are none, the one line with which the
 * lines before it begin to fail.
 */
async function* failingIndexes(count: number, fails: Fails): AsyncGenerator<FailingIndex> {
  // If the query fails without any line, this source is not the cause.
  if (await fails({ from: 0, to: 0 })) return
  for (let from = 0; from < count; ) {
    if (!(await fails({ from, to: count }))) return
    const first = await firstFailing({ from, to: count }, fails)
    if (!first.together || from === 0) yield first
    if (first.together) return
    from = first.index + 1
  }
}

/** Finds the first failing line of a part that fails. */
async function firstFailing(part: Part, fails: Fails): Promise<FailingIndex> {
  let { from, to } = part
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2)
    if (await fails({ from, to: middle })) to = middle
    else if (await fails({ from: middle, to })) from = middle
    else return { index: await firstTooMany(part, fails), together: true }
  }
  return { index: from, together: false }
}

/** Finds the line up to which the lines of a failing part first fail. */
async function firstTooMany({ from, to }: Part, fails: Fails): Promise<number> {
  let [below, above] = [from, to]
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2)
    if (await fails({ from, to: middle })) above = middle
    else below = middle
  }
  return above - 1
}

interface Input {
  readonly alias: string
  readonly input: InputTable
}

interface FileLines {
  readonly file: string
  /** The index of its first line. */
  readonly start: number
}

/**
 * The lines of a source in their order. The index of a line is its file's start plus its number.
 */
class SourceLines {
  readonly count: number
  readonly #db: DuckDb
  readonly #input: Input
  readonly #files: readonly FileLines[]

  private constructor(db: DuckDb, input: Input, { files, count }: { files: readonly FileLines[]; count: number }) {
    this.#db = db
    this.#input = input
    this.#files = files
    this.count = count
  }

  static async open(db: DuckDb, input: Input): Promise<SourceLines> {
    const rows = await db.rows(
      `SELECT _file AS file, max(_line) AS "last" FROM ${inputSql(input.input)} GROUP BY _file ORDER BY _file LIMIT ${MAX_FILES + 1}`,
    )
    if (rows.length > MAX_FILES) return new SourceLines(db, input, { files: [], count: 0 })
    let count = 0
    const files = rows.map(({ file, last }) => {
      const start = count
      count += Number(last)
      return { file: String(file), start }
    })
    return new SourceLines(db, input, { files, count })
  }

  at(index: number): { readonly file: string; readonly line: number } {
    const { file = '', start = 0 } = this.#files.findLast((one) => one.start <= index) ?? {}
    return { file, line: index - start + 1 }
  }

  /**
   * Whether values of these lines alone make the SELECT fail. Throws if it fails in another way.
   */
  async failsAt(part: Part, select: string): Promise<boolean> {
    const { alias, input } = this.#input
    await this.#db.run(viewSql(alias, { input, where: this.#within(part) }))
    try {
      await this.#db.rows(select)
      return false
    } catch (error) {
      if (error instanceof StatementFailed && isOfValues(error)) return true
      throw error
    }
  }

  /**
   * The conditions on `_file` come first and by themselves, so that DuckDB skips files and row
   * groups.
   */
  #within({ from, to }: Part): string {
    if (from === to) return 'false'
    const [first, last] = [this.at(from), this.at(to - 1)]
    const [firstFile, lastFile] = [textLiteral(first.file), textLiteral(last.file)]
    return (
      `_file BETWEEN ${firstFile} AND ${lastFile} ` +
      `AND (_file > ${firstFile} OR _line >= ${first.line}) AND (_file < ${lastFile} OR _line <= ${last.line})`
    )
  }
}

/** Makes a view of each upstream under the query's name for it. */
async function viewInputs(db: DuckDb, inputs: ReadonlyMap<string, InputTable>): Promise<void> {
  if (inputs.size > 0) await db.run([...inputs].map(([alias, input]) => viewSql(alias, { input })).join('; '))
}

/** A view of an upstream, of the rows that satisfy `where`. */
function viewSql(alias: string, { input, where }: { readonly input: InputTable; readonly where?: string }): string {
  const columns = input.columns.map(({ name }) => identifier(name)).join(', ')
  const rows = `SELECT ${columns} FROM ${inputSql(input)}${where === undefined ? '' : ` WHERE ${where}`}`
  return `CREATE OR REPLACE TEMP VIEW ${identifier(alias)} AS ${rows}`
}
