/** Compares the rows of two tables, duplicates counted, and samples their differences. */
import type { TableColumn } from '../../delta/schema.ts'
import type { ComparedRow, CompareRequest, Comparison, FoundRow, RowDifference } from '../../engine/compare.ts'
import type { InputTable } from '../../engine/data-file.ts'
import type { DuckDb, SqlRow } from './duckdb-session.ts'
import { plainValue } from './queries/json-value.ts'
import { duckdbType, FILE, filesSql, identifier, inputSql, numberedSql, POSITION } from './sql.ts'

/**
 * Computes EXCEPT ALL both ways in one pass: how many more times each row occurs in one table than
 * in the other. GROUP BY treats nulls as equal, and NaNs too. Compared columns are named by their
 * index, so that their names cannot clash with the names of added columns.
 */
export async function compareRows(db: DuckDb, request: CompareRequest): Promise<Comparison> {
  const { columns, before, after } = request
  const all = columns.map((_, index) => indexed(index)).join(', ')
  await db.run(
    `CREATE TEMP TABLE differing AS SELECT ${all}, CAST(sum(surplus) AS BIGINT) AS surplus FROM (` +
      `${sideSql(columns, before, 1)} UNION ALL ${sideSql(columns, after, -1)}) GROUP BY ${all} HAVING sum(surplus) <> 0`,
  )
  await db.run(`CREATE TEMP TABLE paired AS ${pairsSql(request)}`)
  const [counts] = await db.rows(
    'SELECT (SELECT count(*) FROM paired) AS changed, sum(surplus) FILTER (surplus > 0) AS removed, ' +
      'sum(-surplus) FILTER (surplus < 0) AS added FROM differing',
  )
  const changed = Number(counts?.changed ?? 0)
  const sample = counts?.removed === null && counts.added === null ? [] : await sampleOf(db, request)
  return {
    removed: Number(counts?.removed ?? 0) - changed,
    added: Number(counts?.added ?? 0) - changed,
    changed,
    sample,
  }
}

const indexed = (index: number): string => `c${index}`

function sideSql(columns: readonly TableColumn[], table: InputTable, surplus: 1 | -1): string {
  return `SELECT ${indexedSql(columns)}, ${surplus} AS surplus FROM ${inputSql(table)}`
}

function indexedSql(columns: readonly TableColumn[]): string {
  return columns
    .map(({ name, type }, index) => `CAST(${identifier(name)} AS ${duckdbType(type)}) AS ${indexed(index)}`)
    .join(', ')
}

/**
 * Finds the keys with one row on each side. Without a key, or if a damaged table repeats a key,
 * rows stay removed and added.
 */
function pairsSql({ columns, key }: CompareRequest): string {
  const keyed = key.map((name) => indexed(columns.findIndex((column) => column.name === name))).join(', ')
  const sides = 'min(rowid) FILTER (surplus = 1) AS "before", min(rowid) FILTER (surplus = -1) AS "after"'
  if (keyed === '') return `SELECT ${sides} FROM differing HAVING false`
  return `SELECT ${sides} FROM differing GROUP BY ${keyed} HAVING count(*) = 2 AND sum(abs(surplus)) = 2 AND sum(surplus) = 0`
}

async function sampleOf(db: DuckDb, request: CompareRequest): Promise<readonly RowDifference[]> {
  return [
    ...(await oneSided(db, request, 'removed')),
    ...(await oneSided(db, request, 'added')),
    ...(await changedPairs(db, request)),
  ]
}

async function oneSided(
  db: DuckDb,
  request: CompareRequest,
  change: 'removed' | 'added',
): Promise<readonly RowDifference[]> {
  const order = keyFirst(request).join(', ')
  const side = change === 'removed' ? 'surplus > 0' : 'surplus < 0'
  await db.run(
    `CREATE TEMP TABLE ${change} AS SELECT rowid AS id, * EXCLUDE (surplus) FROM differing WHERE ${side} AND rowid NOT IN ` +
      `(SELECT unnest(["before", "after"]) FROM paired) ORDER BY ${order} LIMIT ${request.limit}`,
  )
  const found = await foundRows(db, request, change)
  const rows = await db.rows(`SELECT * FROM ${change} ORDER BY ${order}`)
  return rows.map((row) => ({ change, row: comparedRow(request, row, ''), found: found.get(String(row.id)) ?? [] }))
}

async function changedPairs(db: DuckDb, request: CompareRequest): Promise<readonly RowDifference[]> {
  const names = keyFirst(request)
  const values = names.map((name) => `o.${name} AS o${name}, n.${name} AS n${name}`)
  const rows = await db.rows(
    `SELECT ${values.join(', ')} FROM paired JOIN differing AS o ON o.rowid = paired."before" ` +
      `JOIN differing AS n ON n.rowid = paired."after" ` +
      `ORDER BY ${names.map((name) => `o.${name}`).join(', ')} LIMIT ${request.limit}`,
  )
  return rows.map((row) => ({
    change: 'changed',
    before: comparedRow(request, row, 'o'),
    after: comparedRow(request, row, 'n'),
  }))
}

/** The indexed names of all columns, those of the key first. */
function keyFirst({ columns, key }: CompareRequest): readonly string[] {
  const keyed = key.map((name) => indexed(columns.findIndex((column) => column.name === name)))
  return [...new Set([...keyed, ...columns.map((_, index) => indexed(index))])]
}

function comparedRow({ columns }: CompareRequest, row: SqlRow, side: '' | 'o' | 'n'): ComparedRow {
  return Object.fromEntries(
    columns.map(({ name }, index) => [name, plainValue(row[`${side}${indexed(index)}`] ?? null)]),
  )
}

/** Id of a row of the sample -> the searched files that have the row. */
async function foundRows(
  db: DuckDb,
  { columns, searched = [], positions = false }: CompareRequest,
  sample: 'removed' | 'added',
): Promise<ReadonlyMap<string, readonly FoundRow[]>> {
  const found = new Map<string, FoundRow[]>()
  if (searched.length === 0) return found
  const same = columns.map((_, index) => `sample.${indexed(index)} IS NOT DISTINCT FROM stored.${indexed(index)}`)
  const rows = await db.rows(
    `SELECT sample.id, stored.file, count(*) AS copies, string_agg(stored.position, ',') AS positions ` +
      `FROM ${sample} AS sample JOIN (SELECT ${indexedSql(columns)}, ${FILE} AS file, ` +
      `${positions ? `CAST(${POSITION} AS VARCHAR)` : 'NULL'} AS position FROM ` +
      `${positions ? numberedSql({ files: searched }) : filesSql({ files: searched })}) AS stored ` +
      `ON ${same.join(' AND ')} GROUP BY sample.id, stored.file`,
  )
  for (const row of rows) {
    const id = String(row.id)
    const one: FoundRow = {
      ...{ file: String(row.file), copies: Number(row.copies) },
      ...(positions && { positions: String(row.positions).split(',').map(Number) }),
    }
    found.set(id, [...(found.get(id) ?? []), one])
  }
  return found
}
