/**
 * Finds the lines of sources that a query fails at for their values: DuckDB says what overflowed, and not where. The query is run over fewer and
 * fewer lines of one source, until one is left. Nothing is looked for unless a query has failed.
 */
import type { BuildRequest } from '../../engine/build.ts'
import type { InputTable } from '../../engine/data-file.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import type { FailingLine } from '../sql/query-failure.ts'
import { type DuckDb, StatementFailed } from './duckdb-session.ts'
import { duckdbType, identifier, inputSql, textLiteral } from './sql.ts'

const MOST_LINES = 5
const MOST_FILES = 100_000
const HOW_LONG_MS = 10_000

/** What DuckDB says of values: the same sum overflows in one way or another, by how many rows it is of. */
const isOfValues = ({ message }: StatementFailed): boolean =>
  /\b(Conversion|Out of Range|Invalid Input) Error:/.test(message)

export interface FailedRun {
  readonly sql: string
  /** Alias -> the upstream version that the query reads. */
  readonly inputs: BuildRequest['inputs']
  readonly failed: StatementFailed
  readonly signal: AbortSignal
}

/**
 * Up to five lines, those found in ten seconds: each makes the query fail by itself, beside all other upstreams; or else, alone, the one
 * with which those before it fail together. None where the values are not those of a source's line. Leaves the connection's views in disorder.
 */
export async function failingLines(
  db: DuckDb,
  asset: ResolvedTable,
  { sql, inputs, failed, signal }: FailedRun,
): Promise<readonly FailingLine[]> {
  if (!isOfValues(failed)) return []
  const found: FailingLine[] = []
  const ending = AbortSignal.timeout(HOW_LONG_MS)
  const interrupt = () => db.connection.interrupt()
  ending.addEventListener('abort', interrupt)
  try {
    for (const [alias, input] of inputs) await viewInput(db, alias, { input })
    for (const { alias, key } of asset.upstream) {
      const input = inputs.get(alias)
      if (!input || !isSource(input)) continue
      const lines = await SourceLines.open(db, { alias, input })
      const fails = (part: Part) => {
        // An interrupt between two statements stops neither.
        if (ending.aborted || signal.aborted) throw new StatementFailed('it takes too long')
        return lines.failsAt(part, evaluated(asset, sql))
      }
      for await (const { place, together } of failingPlaces(lines.count, fails)) {
        found.push({ asset: key, ...lines.at(place), ...(together && { together }) })
        if (found.length === MOST_LINES) return found
      }
      await viewInput(db, alias, { input })
    }
  } catch (error) {
    // It takes too long, or fails in another way: the lines that are known by then are said all the same.
    if (!(error instanceof StatementFailed)) throw error
  } finally {
    ending.removeEventListener('abort', interrupt)
  }
  return found
}

const isSource = ({ columns }: InputTable): boolean =>
  ['_file', '_line'].every((own) => columns.some(({ name }) => name === own))

/** Works out every value of the query's rows, as what they are declared to be. */
function evaluated({ columns }: ResolvedTable, sql: string): string {
  const typed = columns.map(({ name, type }) => `hash(CAST(${identifier(name)} AS ${duckdbType(type)}))`)
  return `SELECT ${typed.map((hash) => `max(${hash})`).join(', ')} FROM (${sql}) AS result`
}

/** Lines by their places, from `from` up to, but without, `to`. */
interface Part {
  readonly from: number
  readonly to: number
}

type Fails = (part: Part) => Promise<boolean>

interface FailingPlace {
  readonly place: number
  /** It fails only with lines before it. */
  readonly together: boolean
}

/** Lines that fail by themselves, in their order; or the one line with which those before it fail together. */
async function* failingPlaces(count: number, fails: Fails): AsyncGenerator<FailingPlace> {
  // What fails without any line is no matter of this source.
  if (await fails({ from: 0, to: 0 })) return
  for (let from = 0; from < count; ) {
    if (!(await fails({ from, to: count }))) return
    const first = await firstFailing({ from, to: count }, fails)
    if (!first.together || from === 0) yield first
    if (first.together) return
    from = first.place + 1
  }
}

/** Of a part that fails. */
async function firstFailing(part: Part, fails: Fails): Promise<FailingPlace> {
  let { from, to } = part
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2)
    if (await fails({ from, to: middle })) to = middle
    else if (await fails({ from: middle, to })) from = middle
    else return { place: await firstTooMany(part, fails), together: true }
  }
  return { place: from, together: false }
}

/** Of a part that fails, the line up to which its first lines do. */
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
  /** The place of its first line. */
  readonly start: number
}

/** The lines of a source in their order, each with a place: its file's start and its number. */
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
      `SELECT _file AS file, max(_line) AS "last" FROM ${inputSql(input.input)} GROUP BY _file ORDER BY _file LIMIT ${MOST_FILES + 1}`,
    )
    if (rows.length > MOST_FILES) return new SourceLines(db, input, { files: [], count: 0 })
    let count = 0
    const files = rows.map(({ file, last }) => {
      const start = count
      count += Number(last)
      return { file: String(file), start }
    })
    return new SourceLines(db, input, { files, count })
  }

  at(place: number): { readonly file: string; readonly line: number } {
    const { file = '', start = 0 } = this.#files.findLast((one) => one.start <= place) ?? {}
    return { file, line: place - start + 1 }
  }

  /** Whether the SELECT fails for values, over these lines alone. Throws where it fails otherwise. */
  async failsAt(part: Part, select: string): Promise<boolean> {
    const { alias, input } = this.#input
    await viewInput(this.#db, alias, { input, where: this.#within(part) })
    try {
      await this.#db.rows(select)
      return false
    } catch (error) {
      if (error instanceof StatementFailed && isOfValues(error)) return true
      throw error
    }
  }

  /** The bounds of `_file` come first, and by themselves: files and groups of rows are left out by them. */
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

/** The upstream by the name that the query has for it; only the rows that `where` says. */
export async function viewInput(
  db: DuckDb,
  alias: string,
  { input, where }: { readonly input: InputTable; readonly where?: string },
): Promise<void> {
  const columns = input.columns.map(({ name }) => identifier(name)).join(', ')
  const rows = `SELECT ${columns} FROM ${inputSql(input)}${where === undefined ? '' : ` WHERE ${where}`}`
  await db.run(`CREATE OR REPLACE TEMP VIEW ${identifier(alias)} AS ${rows}`)
}
