// Reads files as a person would by hand: DuckDB SQL over the files into one Parquet file. It has no
// rejects, no line numbers and no checks: a value that does not fit ends the script.
//
// usage: node yardstick-formats.mjs csv|json|parquet INPUT OUT.parquet
import { rmSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import { CSV_OPTIONS, SALES_COLUMNS } from './formats.mjs'

const READERS = {
  csv: (input) => `read_csv('${input}/*.csv', ${CSV_OPTIONS})`,
  json: (input) => `read_json('${input}/*.json.gz', format = 'newline_delimited', columns = ${SALES_COLUMNS})`,
  parquet: (input) => `read_parquet('${input}/*.parquet')`,
}

const [form, input, out] = process.argv.slice(2)
rmSync(out, { force: true })
const connection = await (await DuckDBInstance.create()).connect()
await connection.run("SET TimeZone = 'UTC'")
await connection.run(`COPY (SELECT * FROM ${READERS[form](input)}) TO '${out}' (FORMAT parquet)`)
