/** Plans each schema of a source's Parquet files once. */
import type { Column } from '../../../../declare/columns.ts'
import { MAX_NAME, MAX_NAMES } from '../../../../ingest/keys/file-keys.ts'
import type { LineRules } from '../../../../ingest/lines/line-columns.ts'
import { shown } from '../../../../ingest/lines/parse-value.ts'
import { fileTypeName } from '../../../../ingest/parquet/file-type.ts'
import { FileRefused } from '../../../../ingest/refused-file.ts'
import { type DuckDb, StatementFailed } from '../../duckdb-session.ts'
import { expectedType } from './expected-type.ts'
import { firstSentence, isOfTheMachine } from './file-failure.ts'
import { type FileColumns, type FilePlan, planFiles } from './file-plan.ts'
import { describeSql, examplesSql } from './parquet-sql.ts'
import type { ReadyFile } from './ready-file.ts'

/** Maximum length of an example's JSON, in characters. */
const MAX_EXAMPLE = 200

/** Name of a column that no column of the source takes -> its first value. */
export type Examples = ReadonlyMap<string, string>

export class FilePlans {
  readonly #columns: readonly Column[]
  readonly #rules: Required<LineRules>
  readonly #plans = new Map<string, FilePlan | FileRefused>()
  readonly #examples = new Map<FilePlan, Examples>()

  constructor(columns: readonly Column[], rules: Required<LineRules>) {
    this.#columns = columns
    this.#rules = rules
  }

  /** Throws FileRefused if files of these columns have no rows of the source. */
  async planOf(db: DuckDb, location: string, columns: FileColumns): Promise<FilePlan> {
    const schema = JSON.stringify(columns)
    const plan = this.#plans.get(schema) ?? (await this.#planNew(db, location, columns))
    this.#plans.set(schema, plan)
    if (plan instanceof FileRefused) throw plan
    return plan
  }

  async #planNew(db: DuckDb, location: string, columns: FileColumns): Promise<FilePlan | FileRefused> {
    try {
      const plan = planFiles(columns, this.#columns, this.#rules)
      const described = await db.rows(describeSql(location))
      const types = described.map(({ column_type: type }) => String(type))
      return refuseOtherTypes(plan, columns, types) ?? plan
    } catch (error) {
      if (error instanceof FileRefused) return error
      if (error instanceof StatementFailed && !isOfTheMachine(error)) return new FileRefused(firstSentence(error))
      throw error
    }
  }

  /** The examples of each plan, from the first file with that plan. */
  async examplesOf(db: DuckDb, files: readonly ReadyFile[]): Promise<ReadonlyMap<FilePlan, Examples>> {
    if (this.#rules.unknownKeys === 'report') {
      for (const file of files) {
        if (!this.#examples.has(file.plan)) this.#examples.set(file.plan, await readExamples(db, file))
      }
    }
    return this.#examples
  }
}

/**
 * Refuses columns that DuckDB reads as a type that differs from the footer's, because the plan
 * converts values by the footer.
 */
function refuseOtherTypes(
  { aliases, untaken }: FilePlan,
  { stored, fields }: FileColumns,
  types: readonly string[],
): FileRefused | undefined {
  const isTaken = new Set(fields.map(({ sql }) => sql))
  for (const { alias } of untaken) isTaken.delete(alias)
  for (const [index, { name, type }] of stored.entries()) {
    const expected = expectedType(type)
    if (expected === undefined || !isTaken.has(aliases[index] ?? '')) continue
    const found = types[index] ?? 'nothing'
    if (unquoted(found) === unquoted(expected)) continue
    return new FileRefused(`its column ${name} has ${fileTypeName(type)}, but is read as ${found}`)
  }
  return undefined
}

/** DuckDB quotes the names of fields only if necessary. */
const unquoted = (type: string): string => type.replaceAll('"', '')

async function readExamples(db: DuckDb, ready: ReadyFile): Promise<Examples> {
  const { plan } = ready
  const named = plan.untaken.filter(({ name }) => name.length <= MAX_NAME).slice(0, MAX_NAMES)
  if (named.length === 0) return new Map()
  try {
    const aliases = named.map(({ alias }) => alias)
    const [row] = await db.rows(examplesSql({ plan, files: [ready], liveRows: ready.liveRows }, aliases, MAX_EXAMPLE))
    return new Map(named.map(({ name }, index) => [name, shown(String(row?.[`e${index}`] ?? 'null'))]))
  } catch (error) {
    // The columns that the source takes can still be read.
    if (!(error instanceof StatementFailed)) throw error
    return new Map()
  }
}
