#!/bin/sh
# @duckdb/node-api 1.5.6-r.1: a text that begins with a byte order mark (U+FEFF) loses it on its way to the program. The value in the
# database keeps it. The bounds that COPY reports with RETURN_STATS lose it too. If a writer of
# Delta or Iceberg stores these bounds, other readers skip files whose greatest text begins with the
# mark.
# Seen:
#   in the database 5 characters, in the program 4
#   greatest text of the file, as reported: mark
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1
cat > seen.js <<'JS'
import { deepStrictEqual } from 'node:assert'
import { DuckDBInstance } from '@duckdb/node-api'

const connection = await (await DuckDBInstance.create()).connect()
const rows = async (sql) => (await connection.runAndReadAll(sql)).getRows()
await connection.run("create table texts as select chr(65279) || 'mark' as t")
const [[text, length]] = await rows('select t, length(t) from texts')
const [row] = (await connection.runAndReadAll("copy texts to 'texts.parquet' (format parquet, return_stats)")).getRowObjects()
const stats = new Map(row.column_statistics.entries[0].value.entries.map(({ key, value }) => [key, value]))
console.log(`in the database ${length} characters, in the program ${text.length}`)
console.log(`greatest text of the file, as reported: ${stats.get('max')}`)
deepStrictEqual([length, text.length, stats.get('max')], [5n, 4, 'mark'])
JS
node seen.js
