import type { DataFile, InputVersions } from '../../execute/engine.ts'
import type { Moved } from '../../increment/changes.ts'
import { mayOverlap, type Ranges } from '../../increment/range.ts'
import { type ColumnId, type Relation, type Scan, scansOf } from '../../increment/relation.ts'
import type { Cut } from '../../increment/staging.ts'
import { cutsOf } from './cuts.ts'
import type { DuckDb } from './duckdb-session.ts'
import type { ScannedRows } from './duckdb-staging.ts'
import { identifier, identifiers, inputSql, textLiteral } from './sql.ts'

/** The rows of upstreams that have come and gone, found out and kept in temporary tables. */
export class MovedInputs implements ScannedRows {
  readonly #inputs: ReadonlyMap<string, MovedInput>
  readonly moved: Moved
  readonly #filesRead = new Set<DataFile>()

  private constructor(inputs: ReadonlyMap<string, MovedInput>) {
    this.#inputs = inputs
    for (const { differing } of inputs.values()) for (const file of differing) this.#filesRead.add(file)
    this.moved = new Map(
      [...inputs].flatMap(([alias, { counts }]) => (counts ? [[alias, movedBy(counts)] as const] : [])),
    )
  }

  static async open(db: DuckDb, inputs: ReadonlyMap<string, InputVersions>, relation: Relation): Promise<MovedInputs> {
    const opened = new Map<string, MovedInput>()
    for (const [alias, input] of inputs) {
      const scans = scansOf(relation).filter((scan) => scan.alias === alias)
      const columns = [...new Set(scans.flatMap((scan) => scan.columns.map(({ name }) => name)))]
      if (columns.length > 0) opened.set(alias, await openInput(db, { name: `moved_${opened.size}`, input, columns }))
    }
    return new MovedInputs(opened)
  }

  /** Files that were read to find out what moved, or that were asked for since. */
  get filesRead(): ReadonlySet<DataFile> {
    return this.#filesRead
  }

  sql(scan: Scan): string {
    const input = this.#input(scan)
    const columns = scan.columns.map(({ name }) => name)
    const files = (some: readonly DataFile[]) => {
      const within = kept(some, scan)
      for (const file of within) this.#filesRead.add(file)
      return filesOf(input, within)
    }
    const table = (which: string) => `(SELECT ${identifiers(columns)} FROM ${input.name}_${which})`
    switch (scan.part) {
      case 'after':
        return files(input.after)
      case 'before':
        return files(input.before)
      case 'removed':
      case 'added':
        return table(scan.part)
      case 'unchanged': {
        const common = `SELECT ${identifiers(columns)} FROM ${files(input.common)}`
        return `(${common} UNION ALL FROM ${table('carried')})`
      }
    }
  }

  rows(scan: Scan): number {
    const input = this.#input(scan)
    const { removed = 0, added = 0 } = input.counts ?? {}
    const files = (some: readonly DataFile[]) =>
      kept(some, scan).reduce((sum, { rows = Number.POSITIVE_INFINITY }) => sum + rows, 0)
    switch (scan.part) {
      case 'after':
        return files(input.after)
      case 'before':
        return files(input.before)
      case 'removed':
        return removed
      case 'added':
        return added
      case 'unchanged':
        return files(input.common)
    }
  }

  cuts(scan: Scan, column: ColumnId, direction: 'asc' | 'desc'): readonly Cut[] {
    const { name } = scan.columns.find(({ id }) => id === column) ?? {}
    const input = this.#input(scan)
    const type = input.columns.find((known) => known.name === name)?.type
    const files = scan.part === 'after' ? input.after : scan.part === 'before' ? input.before : []
    return name === undefined || !type ? [] : cutsOf(kept(files, scan), { name, type, direction })
  }

  #input({ alias }: Scan): MovedInput {
    const input = this.#inputs.get(alias)
    if (!input) throw new Error(`the query reads ${alias}, which was not given to the engine`)
    return input
  }
}

interface MovedInput extends InputVersions {
  /** What the names of its temporary tables begin with. */
  readonly name: string
  /** Files of both versions. */
  readonly common: readonly DataFile[]
  /** Files of only one of them. */
  readonly differing: readonly DataFile[]
  /** Rows; undefined where none came or went. */
  readonly counts: { readonly removed: number; readonly added: number } | undefined
}

const movedBy = ({ removed, added }: { readonly removed: number; readonly added: number }) => ({
  removed: removed > 0,
  added: added > 0,
})

/** Files that may hold rows within the scan's ranges. */
function kept(files: readonly DataFile[], { columns, ranges }: Scan): readonly DataFile[] {
  const ranged = columns.flatMap(({ id, name }) => {
    const range = ranges.get(id)
    return range ? [[name, range] as const] : []
  })
  return filesWithin(files, new Map(ranged))
}

/** Files that may hold rows whose columns, by name, lie in the ranges. */
export function filesWithin(files: readonly DataFile[], ranges: Ranges): readonly DataFile[] {
  return files.filter((file) =>
    [...ranges].every(([column, range]) => {
      const stats = file.stats(column)
      return !stats || mayOverlap(range, { ...stats, nulls: stats.nulls > 0 })
    }),
  )
}

const filesOf = ({ columns }: InputVersions, files: readonly DataFile[]): string =>
  inputSql({ columns, files: files.map(({ location }) => location) })

interface Opening {
  readonly name: string
  readonly input: InputVersions
  readonly columns: readonly string[]
}

async function openInput(db: DuckDb, opening: Opening): Promise<MovedInput> {
  const { name, input } = opening
  const [before, after] = [input.before, input.after].map((files) => new Set(files.map(({ location }) => location)))
  const gone = input.before.filter(({ location }) => !after?.has(location))
  const come = input.after.filter(({ location }) => !before?.has(location))
  const common = input.after.filter(({ location }) => before?.has(location))
  const opened = { ...input, name, common, differing: [...gone, ...come], counts: undefined }
  if (opened.differing.length === 0) return opened
  const counts = await createParts(db, opening, { gone, come })
  return counts.removed + counts.added > 0 ? { ...opened, counts } : opened
}

interface FilesChanged {
  readonly gone: readonly DataFile[]
  readonly come: readonly DataFile[]
}

/** NAME_removed, NAME_added and NAME_carried: rows of the one, of the other, and of both, duplicates counted. */
async function createParts(db: DuckDb, opening: Opening, { gone, come }: FilesChanged) {
  const { name, input, columns } = opening
  const { within } = input
  const inside = within ? await valuesTable(db, `${name}_within`, within.values) : undefined
  const rows = (files: readonly DataFile[], join: 'SEMI' | 'ANTI') => {
    const all = `SELECT ${identifiers(columns)} FROM ${filesOf(input, files)} AS own`
    return inside && within
      ? `${all} ${join} JOIN ${inside} ON own.${identifier(within.column)} = ${inside}.value`
      : all
  }
  await db.run(`CREATE TEMP TABLE ${name}_gone AS ${rows(gone, 'SEMI')}`)
  await db.run(`CREATE TEMP TABLE ${name}_come AS ${rows(come, 'SEMI')}`)
  const [sides] = await db.rows(
    `SELECT (SELECT count(*) FROM ${name}_gone) AS gone, (SELECT count(*) FROM ${name}_come) AS come`,
  )
  const counts = { removed: Number(sides?.gone ?? 0), added: Number(sides?.come ?? 0) }
  const others = within ? rows(come, 'ANTI') : `FROM ${name}_come WHERE false`
  if (counts.removed > 0 && counts.added > 0) return createDifference(db, opening, others)
  await db.run(`CREATE TEMP VIEW ${name}_removed AS FROM ${name}_gone`)
  await db.run(`CREATE TEMP VIEW ${name}_added AS FROM ${name}_come`)
  await db.run(`CREATE TEMP VIEW ${name}_carried AS ${others}`)
  return counts
}

/** Of the rows of NAME_gone and NAME_come, those that are in both came to nothing. */
async function createDifference(db: DuckDb, { name, columns }: Opening, others: string) {
  const places = columns.map((column, place) => `${identifier(column)} AS c${place}`).join(', ')
  const grouped = columns.map((_, place) => `c${place}`).join(', ')
  await db.run(
    `CREATE TEMP TABLE ${name} AS SELECT ${grouped}, count(*) FILTER (side = 0) AS gone, count(*) FILTER (side = 1) AS come FROM ` +
      `(SELECT ${places}, 0 AS side FROM ${name}_gone UNION ALL SELECT ${places}, 1 FROM ${name}_come) GROUP BY ${grouped}`,
  )
  const named = columns.map((column, place) => `c${place} AS ${identifier(column)}`).join(', ')
  const copies = (count: string) =>
    `SELECT ${named} FROM (SELECT *, unnest(range(${count})) FROM ${name} WHERE ${count} > 0)`
  await db.run(`CREATE TEMP TABLE ${name}_removed AS ${copies('gone - come')}`)
  await db.run(`CREATE TEMP TABLE ${name}_added AS ${copies('come - gone')}`)
  await db.run(`CREATE TEMP VIEW ${name}_carried AS ${copies('least(gone, come)')} UNION ALL ${others}`)
  const [counts] = await db.rows(
    `SELECT (SELECT count(*) FROM ${name}_removed) AS removed, (SELECT count(*) FROM ${name}_added) AS added`,
  )
  return { removed: Number(counts?.removed ?? 0), added: Number(counts?.added ?? 0) }
}

const VALUES_AT_ONCE = 10_000

/** A temporary table of the texts, in its column `value`. */
export async function valuesTable(db: DuckDb, name: string, values: readonly string[]): Promise<string> {
  await db.run(`CREATE TEMP TABLE ${name} (value VARCHAR)`)
  for (let at = 0; at < values.length; at += VALUES_AT_ONCE) {
    const some = values.slice(at, at + VALUES_AT_ONCE).map((value) => `(${textLiteral(value)})`)
    await db.run(`INSERT INTO ${name} VALUES ${some.join(', ')}`)
  }
  return name
}
