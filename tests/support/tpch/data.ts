/**
 * The tables of TPC-H from DuckDB's extension `tpch`, with its queries and answers, stored in
 * .cache/.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CACHE, madeOnce } from '../lakes/made-once.ts'
import { python } from '../python/python.ts'

const GENERATE = fileURLToPath(new URL('generate.py', import.meta.url))

export interface TpchData {
  readonly scale: number
  /** Contains `TABLE.parquet` for each table. */
  readonly directory: string
  /** The queries `q01` to `q22` in the SQL of DuckDB. */
  readonly queries: Readonly<Record<string, string>>
  /**
   * The rows of each query at this scale, with columns separated by `|`, below a line of names. For
   * most scales DuckDB has none.
   */
  readonly answers: Readonly<Record<string, string>>
}

/** Undefined if Python, which makes the data, is missing. */
export function tpchData(scale: number): TpchData | undefined {
  const program = python('no query of TPC-H is tried')
  if (program === undefined) return undefined
  const made = createHash('sha256').update(readFileSync(GENERATE)).update(program).digest('hex').slice(0, 12)
  const directory = join(CACHE, `tpch-${scale}-${made}`)
  madeOnce(directory, (making) => execFileSync(program, [GENERATE, String(scale), making], { stdio: 'pipe' }))
  const read = (name: string) => JSON.parse(named(readFileSync(join(directory, `${name}.json`), 'utf8')))
  return { scale, directory, queries: read('queries'), answers: read('answers') }
}

/** Gives the sum in query 18 a name, because a column of an asset needs one. */
const named = (json: string): string =>
  json
    .replace(/sum\(l_quantity\)(?=\s*\\nFROM\\n)/, 'sum(l_quantity) AS sum_qty')
    .replace('o_totalprice|sum\\n', 'o_totalprice|sum_qty\\n')
