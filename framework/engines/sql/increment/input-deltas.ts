/**
 * Finds the rows of an increment's upstreams that were removed and added since the table was made.
 */
import type { DataFile } from '../../../engine/data-file.ts'
import type { ChangedRows, InputVersions } from '../../../engine/increment.ts'
import type { ColumnId } from '../../../expression/expression.ts'
import type { ChangedInputs } from '../../../increment/delta/derive-delta.ts'
import type { ChangedColumn } from '../../../increment/pushdown/changed-column.ts'
import type { Cut } from '../../../increment/staging.ts'
import { mayOverlap, type Ranges } from '../../../relation/range.ts'
import type { Scan } from '../../../relation/relation.ts'
import { countsOf, identifiersIn, type SqlSession } from '../sql-session.ts'
import { differingFiles } from './differing-files.ts'
import { inputOfFiles } from './input-of-files.ts'
import { isFewRows, lookedUp } from './looked-up-rows.ts'
import type { OpenInput, WholeParts } from './open-input.ts'
import { type Sides, withoutSamePlaces } from './same-places.ts'
import { splitPointsOf } from './split-points.ts'
import type { ScannedRows } from './sql-staging.ts'

/** Keeps the removed and added rows of each upstream in tables. */
export class InputDeltas implements ScannedRows {
  readonly #session: SqlSession
  readonly #inputs: ReadonlyMap<string, OpenInput>
  readonly changed: ChangedInputs
  readonly #filesRead = new Set<DataFile>()
  /** Name of a table of looked-up rows -> number of its rows. */
  readonly #found = new Map<string, number>()

  private constructor(session: SqlSession, inputs: ReadonlyMap<string, OpenInput>) {
    this.#session = session
    this.#inputs = inputs
    for (const { differing } of inputs.values()) for (const file of differing) this.#filesRead.add(file)
    this.changed = new Map(
      [...inputs].flatMap(([alias, { counts }]) => (counts ? [[alias, changesIn(counts)] as const] : [])),
    )
  }

  static async open(
    session: SqlSession,
    inputs: ReadonlyMap<string, InputVersions>,
    reads: readonly Scan[],
  ): Promise<InputDeltas> {
    const read = [...inputs].flatMap(([alias, input]) => {
      const scans = reads.filter((scan) => scan.alias === alias)
      const columns = [...new Set(scans.flatMap((scan) => scan.columns.map(({ name }) => name)))]
      return columns.length > 0 ? [{ alias, input, columns }] : []
    })
    const opening = read.map(async ({ alias, input, columns }, index) => {
      return [alias, await openInput(session, { name: `changed_${index}`, input, columns })] as const
    })
    return new InputDeltas(session, new Map(await Promise.all(opening)))
  }

  /** The changed rows of each changed upstream, by alias. */
  get changedRows(): ReadonlyMap<string, ChangedRows> {
    return new Map([...this.#inputs].flatMap(([alias, { counts }]) => (counts ? [[alias, counts] as const] : [])))
  }

  /** Files that were read to find the deltas, or that scans have read since. */
  get filesRead(): ReadonlySet<DataFile> {
    return this.#filesRead
  }

  sql(scan: Scan): string {
    const input = this.#input(scan)
    const columns = identifiersIn(
      this.#session.dialect,
      scan.columns.map(({ name }) => name),
    )
    const files = (some: readonly DataFile[]) => {
      const within = kept(some, scan)
      for (const file of within) this.#filesRead.add(file)
      return filesOf(this.#session, input, within)
    }
    if (scan.found !== undefined) return `(${this.#foundSql(scan.found, { input, part: scan.part, columns })})`
    const table = (which: string) => `(SELECT ${columns} FROM ${input.name}_${which})`
    switch (scan.part) {
      case 'after':
        return files(input.after)
      case 'before':
        return files(input.before)
      case 'removed':
      case 'added':
        return table(scan.part)
      case 'unchanged': {
        const common = `SELECT ${columns} FROM ${files(input.common)}`
        return `(${common} UNION ALL SELECT ${columns} FROM ${input.name}_carried)`
      }
    }
  }

  /** Rows that stay, with the changed rows of the part. */
  #foundSql(found: string, { input, part, columns }: FoundPart): string {
    const { whole, name } = input
    const changed = {
      ...{ removed: [], added: [], before: [`${whole?.name}_removed`], after: [`${whole?.name}_added`] },
      unchanged: name === whole?.name ? [] : [`${name}_same`],
    }
    const tables = [found, ...(whole === undefined ? [] : changed[part])]
    return tables.map((table) => `SELECT ${columns} FROM ${table}`).join(' UNION ALL ')
  }

  async lookUp(scan: Scan, id: ColumnId, from: ChangedColumn): Promise<Scan> {
    const [input, changed] = [this.#input(scan), this.#input(from)]
    const column = scan.columns.find((known) => known.id === id)?.name
    const isPossible = scan.found === undefined && scan.part !== 'removed' && scan.part !== 'added'
    if (!isPossible || column === undefined || !isFewRows(changed.whole?.counts)) return scan
    const columns = scan.columns.map(({ name }) => name)
    const found = await lookedUp(this.#session, { input, column, columns }, { input: changed, column: from.column })
    if (!found) return scan
    for (const file of input.common) this.#filesRead.add(file)
    this.#found.set(found.name, found.rows)
    return { ...scan, found: found.name }
  }

  rows(scan: Scan): number {
    const input = this.#input(scan)
    const { removed = 0, added = 0 } = input.counts ?? {}
    if (scan.found !== undefined) return (this.#found.get(scan.found) ?? 0) + removed + added
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
    return name === undefined || !type ? [] : splitPointsOf(kept(files, scan), { name, type, direction })
  }

  #input({ alias }: Pick<Scan, 'alias'>): OpenInput {
    const input = this.#inputs.get(alias)
    if (!input) throw new Error(`the query reads ${alias}, which was not given to the engine`)
    return input
  }
}

interface FoundPart {
  readonly input: OpenInput
  readonly part: Scan['part']
  readonly columns: string
}

const changesIn = ({ removed, added }: ChangedRows) => ({
  removed: removed > 0,
  added: added > 0,
})

/** The files that can hold rows within the scan's ranges. */
function kept(files: readonly DataFile[], { columns, ranges }: Scan): readonly DataFile[] {
  const ranged = columns.flatMap(({ id, name }) => {
    const range = ranges.get(id)
    return range ? [[name, range] as const] : []
  })
  return filesWithin(files, new Map(ranged))
}

/** The files that can hold rows whose columns, by name, are in the ranges. */
export function filesWithin(files: readonly DataFile[], ranges: Ranges): readonly DataFile[] {
  return files.filter((file) =>
    [...ranges].every(([column, range]) => {
      const stats = file.stats(column)
      return !stats || mayOverlap(range, { ...stats, nulls: stats.nulls > 0 })
    }),
  )
}

const filesOf = (session: SqlSession, { columns }: InputVersions, files: readonly DataFile[]): string =>
  session.files(inputOfFiles(columns, files))

/** An upstream that the query scans, and the columns that it reads. */
interface ReadInput {
  /** Prefix of the names of its tables. */
  readonly name: string
  readonly input: InputVersions
  readonly columns: readonly string[]
}

async function openInput(session: SqlSession, read: ReadInput): Promise<OpenInput> {
  const { name, input } = read
  const { gone, come, common } = differingFiles(input.before, input.after)
  const opened = { ...input, common, differing: [...gone, ...come] }
  const none = { ...opened, name, whole: undefined, counts: undefined }
  if (opened.differing.length === 0) return none
  const whole = await wholeParts(session, read, { gone, come })
  if (!whole) return { ...none, counts: orNone(await createParts(session, read, { gone, come })) }
  const shared = { ...opened, whole }
  const { removed, added } = whole.counts
  if (removed === 0 || added === 0) return { ...shared, name: whole.name, counts: orNone(whole.counts) }
  return { ...shared, name, counts: orNone(await withoutSameRows(session, read, whole.name)) }
}

const orNone = (counts: ChangedRows): ChangedRows | undefined =>
  counts.removed + counts.added > 0 ? counts : undefined

interface FilesChanged {
  readonly gone: readonly DataFile[]
  readonly come: readonly DataFile[]
}

/**
 * If other tables follow the same change, finds its rows once for all of them, with all columns
 * that any of them reads.
 */
async function wholeParts(
  session: SqlSession,
  { input, columns }: ReadInput,
  files: FilesChanged,
): Promise<WholeParts | undefined> {
  const { shared } = input
  if (!shared || !session.shareTables || !columns.every((name) => shared.columns.includes(name))) return undefined
  return session.shareTables(JSON.stringify([shared.name, shared.columns]), async (own, name) => {
    const counts = await createParts(own, { name, input, columns: shared.columns }, files)
    return { name, counts }
  })
}

/** Rows that differ only in columns that this table does not read cancel each other out. */
function withoutSameRows(session: SqlSession, read: ReadInput, whole: string): Promise<ChangedRows> {
  const part = (which: string) => `SELECT ${identifiersIn(session.dialect, read.columns)} FROM ${whole}_${which}`
  return createDifference(session, read, { gone: part('removed'), come: part('added'), both: part('carried') })
}

/** Whether each version can have rows that the other lacks, so that both have to be compared. */
function hasBoth({ within }: InputVersions, { gone, come }: FilesChanged): boolean {
  if (gone.length === 0 || come.length === 0) return false
  return within === undefined || (within.rowsBefore > 0 && within.rowsAfter > 0)
}

/** The number of rows that each version has of its own, if both have as many. */
function rowsOfEach({ within }: InputVersions, { gone, come }: FilesChanged): number | undefined {
  const rowsIn = (files: readonly DataFile[]) => files.reduce((sum, { rows = Number.NaN }) => sum + rows, 0)
  const [before, after] = within ? [within.rowsBefore, within.rowsAfter] : [rowsIn(gone), rowsIn(come)]
  return before === after ? before : undefined
}

/**
 * Creates three tables. NAME_removed and NAME_added hold the rows that only the old or only the new
 * version has. NAME_carried holds the rows that both have in different files. Duplicates count.
 */
async function createParts(session: SqlSession, read: ReadInput, files: FilesChanged): Promise<ChangedRows> {
  const { name, input } = read
  const { within } = input
  const columns = identifiersIn(session.dialect, read.columns)
  if (within) await session.keepTexts(`${name}_within`, within.values)
  const matching = (join: 'SEMI' | 'ANTI') =>
    within
      ? ` ${join} JOIN ${name}_within AS inside ON own.${session.dialect.identifier(within.column)} = inside.value`
      : ''
  const rows = (some: readonly DataFile[], join: 'SEMI' | 'ANTI') =>
    `SELECT ${columns} FROM ${filesOf(session, input, some)} AS own${matching(join)}`
  const sides = (gone: string, come: string) => ({
    gone,
    come,
    both: within ? rows(files.come, 'ANTI') : `SELECT ${columns} FROM (${come}) AS come WHERE false`,
  })
  const [gone, come] = [rows(files.gone, 'SEMI'), rows(files.come, 'SEMI')]
  if (hasBoth(input, files)) {
    const all = sides(gone, come)
    const versions = { ...read, come: files.come, within: matching('SEMI') }
    // If rows were only edited, most rows are at the same positions as before.
    const isEdited = (rowsOfEach(input, files) ?? 0) > session.worth.minRowsToSkip
    const fewer = isEdited ? await withoutSamePlaces(session, versions, all) : undefined
    return createDifference(session, read, fewer ?? all)
  }
  await session.keep(`${name}_gone`, gone)
  await session.keep(`${name}_come`, come)
  const [removed = 0, added = 0] = await countsOf(session, [`${name}_gone`, `${name}_come`])
  const kept = sides(`SELECT ${columns} FROM ${name}_gone`, `SELECT ${columns} FROM ${name}_come`)
  return combine(session, read, kept, { removed, added })
}

/** `counts` are the numbers of rows in `gone` and `come`. */
async function combine(session: SqlSession, read: ReadInput, sides: Sides, counts: ChangedRows): Promise<ChangedRows> {
  if (counts.removed > 0 && counts.added > 0) return createDifference(session, read, sides)
  await session.view(`${read.name}_removed`, sides.gone)
  await session.view(`${read.name}_added`, sides.come)
  await session.view(`${read.name}_carried`, sides.both)
  return counts
}

/** Cancels out the rows that are in both `gone` and `come`. */
async function createDifference(
  session: SqlSession,
  { name, columns }: ReadInput,
  { gone, come, both }: Sides,
): Promise<ChangedRows> {
  const { identifier } = session.dialect
  const renamed = columns.map((column, index) => `${identifier(column)} AS c${index}`).join(', ')
  const grouped = columns.map((_, index) => `c${index}`).join(', ')
  await session.keep(
    name,
    `SELECT ${grouped}, count(*) FILTER (WHERE side = 0) AS gone, count(*) FILTER (WHERE side = 1) AS come FROM ` +
      `(SELECT ${renamed}, 0 AS side FROM (${gone}) AS old UNION ALL SELECT ${renamed}, 1 AS side FROM (${come}) AS new) ` +
      `GROUP BY ${grouped}`,
  )
  const named = columns.map((column, index) => `c${index} AS ${identifier(column)}`).join(', ')
  const copies = (count: string) => session.dialect.copies({ columns: named, table: name, count })
  await session.keep(`${name}_removed`, copies('gone - come'))
  await session.keep(`${name}_added`, copies('come - gone'))
  await session.view(`${name}_same`, copies('least(gone, come)'))
  await session.view(`${name}_carried`, `${copies('least(gone, come)')} UNION ALL ${both}`)
  const [removed = 0, added = 0] = await countsOf(session, [`${name}_removed`, `${name}_added`])
  return { removed, added }
}
