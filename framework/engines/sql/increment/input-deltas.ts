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
import { identifiersIn, type SqlSession } from '../sql-session.ts'
import { inputOfFiles } from './input-of-files.ts'
import { isFewRows, lookedUp } from './looked-up-rows.ts'
import { type OpenInput, openInput } from './open-input.ts'
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
    for (const { differing } of inputs.values()) this.#markRead(differing)
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
    const { part, found } = scan
    const columns = identifiersIn(
      this.#session.dialect,
      scan.columns.map(({ name }) => name),
    )
    if (found !== undefined) return `(${this.#foundSql(found, { input, part, columns })})`
    const table = (which: string) => `SELECT ${columns} FROM ${input.name}_${which}`
    if (part === 'removed' || part === 'added') return `(${table(part)})`
    const files = this.#session.files(inputOfFiles(input.columns, filesInRanges(filesOfPart(input, part), scan)))
    return part === 'unchanged' ? `(SELECT ${columns} FROM ${files} UNION ALL ${table('carried')})` : files
  }

  markRead(scan: Scan): void {
    if (scan.found === undefined) this.#markRead(filesInRanges(filesOfPart(this.#input(scan), scan.part), scan))
  }

  #markRead(files: readonly DataFile[]): void {
    for (const file of files) this.#filesRead.add(file)
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
    this.#markRead(input.common)
    this.#found.set(found.name, found.rows)
    return { ...scan, found: found.name }
  }

  rows(scan: Scan): number {
    const input = this.#input(scan)
    const { removed = 0, added = 0 } = input.counts ?? {}
    if (scan.found !== undefined) return (this.#found.get(scan.found) ?? 0) + removed + added
    if (scan.part === 'removed') return removed
    if (scan.part === 'added') return added
    const files = filesInRanges(filesOfPart(input, scan.part), scan)
    return files.reduce((sum, { rows = Number.POSITIVE_INFINITY }) => sum + rows, 0)
  }

  cuts(scan: Scan, column: ColumnId, direction: 'asc' | 'desc'): readonly Cut[] {
    const { name } = scan.columns.find(({ id }) => id === column) ?? {}
    const input = this.#input(scan)
    const type = input.columns.find((known) => known.name === name)?.type
    // Rows that stay are also in tables, whose bounds are unknown.
    const files = scan.part === 'unchanged' ? [] : filesOfPart(input, scan.part)
    return name === undefined || !type ? [] : splitPointsOf(filesInRanges(files, scan), { name, type, direction })
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

/** The files that hold rows of the part. None for changed rows, which are in tables. */
function filesOfPart(input: OpenInput, part: Scan['part']): readonly DataFile[] {
  switch (part) {
    case 'after':
      return input.after
    case 'before':
      return input.before
    case 'unchanged':
      return input.common
    case 'removed':
    case 'added':
      return []
  }
}

/** The files that can hold rows within the scan's ranges. */
function filesInRanges(files: readonly DataFile[], { columns, ranges }: Scan): readonly DataFile[] {
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
