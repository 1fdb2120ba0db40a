/** Runs `lake query`: runs SQL over the tables of the lake and writes the result. */
import { createWriteStream } from 'node:fs'
import { extname } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { PlainValue } from '../../../engine/json-value.ts'
import type { QueryResult } from '../../../engines/duckdb/queries/lake-query.ts'
import { LakeError } from '../../../errors.ts'
import { knownKey } from '../../../graph/selection.ts'
import { plainText, rowsLines } from '../../../report/tables/rows-text.ts'
import { cannotWrite } from '../../../storage/storage-error.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { withSession } from '../../engines.ts'
import { printAll } from '../../output.ts'
import { parseLocalPath } from '../../project/location.ts'
import type { Project } from '../../project/project.ts'
import { ProjectTables, type QueriedVersions } from '../../project/project-tables.ts'
import { toJson } from '../../terminal.ts'

type Format = 'table' | 'csv' | 'json' | 'parquet'

interface QueryValues {
  /** One statement, or `-` to read it from standard input. */
  readonly sql: string
  readonly format?: Format
  readonly out?: string
  readonly at?: readonly string[]
  readonly allowFiles?: boolean
  readonly csvSafe?: boolean
  readonly limit?: number
}

export async function queryCommand(context: CommandContext, flags: QueryValues): Promise<ExitStatus> {
  const sql = flags.sql === '-' ? await readText(process.stdin) : flags.sql
  const project = await projectOf(context)
  const tables = new ProjectTables(project, parseVersions(project, flags.at ?? []))
  const query = { sql, tables, allowFiles: flags.allowFiles ?? false }
  const format = flags.format ?? formatOf(flags.out) ?? (context.flags.json ? 'json' : 'table')
  if (flags.csvSafe && format !== 'csv')
    throw new LakeError('usage', { problem: '--csv-safe works only with --format csv' })
  const base = context.terminal.cwd
  const out = flags.out === undefined ? undefined : parseLocalPath({ what: '--out', written: flags.out, base })
  const { queryLake, queryToParquet } = await import('../../../engines/duckdb/queries/lake-query.ts')
  await withSession(project, async (session) => {
    if (format !== 'parquet') {
      const limit = flags.limit ?? (format === 'table' && out === undefined ? rowsOnTerminal(context) : undefined)
      const guarded = flags.csvSafe ?? false
      await queryLake(session, query, async (result) => {
        const shown = limited(result, limit)
        await write(context, out, print(shown, format, { ...context, guarded }))
        if (shown.isCut())
          context.terminal.note(
            `${limit === 1 ? 'This is the first row' : `These are the first ${limit} rows`}. ${MORE_ROWS}`,
          )
      })
    } else if (out === undefined) {
      throw new LakeError('usage', { problem: 'Parquet needs a file', remedy: 'Name one with --out.' })
    } else {
      await queryToParquet(session, query, out)
    }
  }).catch((error) => tables.explain(error))
  return 0
}

/** Maximum number of rows on a terminal, unless --limit is given. */
const ROWS_ON_TERMINAL = 200

function rowsOnTerminal({ terminal }: CommandContext): number | undefined {
  return Number.isFinite(terminal.page().width) ? ROWS_ON_TERMINAL : undefined
}

const MORE_ROWS = 'More: --limit N; all: --out FILE, or --format csv'

/** Returns the first rows. `isCut` is true once the rows are read and more exist. */
function limited({ columns, rows }: QueryResult, limit = Number.POSITIVE_INFINITY) {
  let left = limit
  let cut = false
  async function* first(): QueryResult['rows'] {
    for await (const piece of rows) {
      yield piece.slice(0, left)
      cut = piece.length > left
      if (cut) return
      left -= piece.length
    }
  }
  return { columns, rows: first(), isCut: () => cut }
}

function formatOf(out: string | undefined): Format | undefined {
  const extension = out === undefined ? '' : extname(out).slice(1)
  return extension === 'csv' || extension === 'json' || extension === 'parquet' ? extension : undefined
}

/** Parses `--at songs=12` and `--at RUN`. */
function parseVersions({ graph }: Project, written: readonly string[]): QueriedVersions {
  const given = new Map<string, number>()
  const runs: string[] = []
  for (const text of written) {
    const [, key, version] = /^(.+)=(\d+)$/.exec(text) ?? []
    if (key !== undefined) given.set(knownKey(graph, key), Number(version))
    else if (text === 'last' || /^[\dTZa-f-]+$/.test(text)) runs.push(text)
    else
      throw new LakeError('usage', {
        problem: `--at ${text} is neither a run nor ASSET=VERSION, such as --at songs=12`,
      })
  }
  if (runs.length > 1) throw new LakeError('usage', { problem: `--at names several runs: ${runs.join(', ')}` })
  return { given, run: runs[0] }
}

async function write(
  { terminal }: CommandContext,
  out: string | undefined,
  text: AsyncIterable<string>,
): Promise<void> {
  if (out === undefined) return printAll(text)
  try {
    await pipeline(text, createWriteStream(out))
  } catch (cause) {
    // The query can fail after its first rows.
    throw cause instanceof LakeError ? cause : cannotWrite(out, cause)
  }
  terminal.note(`wrote ${out}`)
}

function print(
  result: QueryResult,
  format: Exclude<Format, 'parquet'>,
  context: CommandContext & { readonly guarded: boolean },
): AsyncIterable<string> {
  switch (format) {
    case 'csv':
      return csv(result, context.guarded ? guardedField : csvField)
    case 'json':
      return json(result)
    case 'table':
      return table(result, context)
  }
}

async function* csv({ columns, rows }: QueryResult, field: (value: PlainValue) => string): AsyncIterable<string> {
  yield `${columns.map(field).join(',')}\n`
  for await (const piece of rows) yield piece.map((row) => `${row.map(field).join(',')}\n`).join('')
}

/**
 * Spreadsheets read text that begins like this as a formula. With a quote before it, spreadsheets
 * read it as text, and show the quote as part of the value.
 */
const FORMULA = /^[=+\-@\t\r]/
/** Text that is a number is not a formula. */
const NUMBER = /^[+-]?\d+(?:\.\d+)?$/

const isFormula = (value: PlainValue): value is string =>
  typeof value === 'string' && FORMULA.test(value) && !NUMBER.test(value)

/**
 * Returns `csvField` with a quote before text that a spreadsheet would read as a formula. Numbers
 * stay numbers.
 */
function guardedField(value: PlainValue): string {
  return csvField(isFormula(value) ? `'${value}` : value)
}

/** Writes a field by RFC 4180. null is an empty field; empty text is a quoted empty field. */
function csvField(value: PlainValue): string {
  if (value === null) return ''
  const text = plainText(value)
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Writes one array of objects, one row a line. */
async function* json({ columns, rows }: QueryResult): AsyncIterable<string> {
  let separator = '['
  for await (const piece of rows) {
    for (const row of piece) {
      yield `${separator}${toJson(Object.fromEntries(columns.map((name, index) => [name, row[index]])))}`
      separator = ',\n'
    }
  }
  yield separator === '[' ? '[]\n' : ']\n'
}

async function* table({ columns, rows }: QueryResult, { terminal }: CommandContext): AsyncIterable<string> {
  const all: (readonly PlainValue[])[] = []
  for await (const piece of rows) all.push(...piece)
  yield `${rowsLines(columns, all, terminal.page()).join('\n')}\n`
}
