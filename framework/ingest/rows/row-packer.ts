/** Packs the rows and the deleted keys that code gives into local batches for an engine. */
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Column } from '../../declare/columns.ts'
import type { UnknownKeys } from '../../declare/definition.ts'
import { makeDirectory } from '../../storage/local/make-directory.ts'
import { MIB } from '../../storage/units.ts'
import { type LineRules, lineRules } from '../lines/line-columns.ts'
import type { PackedBatch } from '../pack/packed-batch.ts'
import { Packer } from '../pack/packer.ts'
import { givenText } from './given-text.ts'

/** Given rows and keys, in local files that their receiver deletes. */
export interface GivenRows {
  /** `_file` of each packed row is the name of the read, `_line` the number of the row in it. */
  readonly rows: readonly PackedBatch[]
  /**
   * The keys of deleted rows, with `_file` and `_line` as in `rows`. Rows and keys are numbered
   * together, in the order in which they apply.
   */
  readonly deleted: readonly PackedBatch[]
}

export interface GivenBatch {
  readonly rows: readonly unknown[]
  readonly deleted: readonly unknown[]
}

interface RowPackerOptions {
  readonly columns: readonly Column[]
  readonly primaryKey: readonly string[]
  readonly unknownKeys: UnknownKeys
  /** The value of `_file`: the name of the read. */
  readonly name: string
  /** The number of the last row or key that the read gave before. */
  readonly after: number
  /** An existing local directory. */
  readonly directory: string
}

/** The rules that decide which rows, and which keys of deleted rows, are valid. */
export function givenRules({
  columns,
  primaryKey,
  unknownKeys,
}: Omit<RowPackerOptions, 'name' | 'after' | 'directory'>) {
  const keyColumns = columns.filter(({ name }) => primaryKey.includes(name))
  return { rows: lineRules(columns, unknownKeys), deleted: lineRules(keyColumns, 'ignore'), keyColumns }
}

/** Size of the rows for one data file, in bytes. */
export const GIVEN_BATCH_BYTES = 64 * MIB
/** Number of rows after which timers and signals get their turn. */
const ROWS_A_TURN = 2_000

export class RowPacker {
  readonly #columns: ReadonlyMap<string, Column>
  readonly #rows: Stream
  readonly #deleted: Stream
  #number: number

  constructor(options: RowPackerOptions) {
    const rules = givenRules(options)
    this.#columns = new Map(options.columns.map((column) => [column.name, column]))
    this.#number = options.after
    this.#rows = new Stream(rules.rows, options, 'rows')
    this.#deleted = new Stream(rules.deleted, options, 'deleted')
  }

  /** The number of the last row or key. */
  get number(): number {
    return this.#number
  }

  /** Takes the keys first, so that a row of the batch with one of them is kept. */
  async add({ rows, deleted }: GivenBatch): Promise<void> {
    await this.#takeAll(deleted, this.#deleted)
    await this.#takeAll(rows, this.#rows)
  }

  finish(): GivenRows {
    return { rows: this.#rows.finish(), deleted: this.#deleted.finish() }
  }

  close(): void {
    this.#rows.close()
    this.#deleted.close()
  }

  async #takeAll(given: readonly unknown[], stream: Stream): Promise<void> {
    for (const one of given) {
      this.#take(one, stream)
      if (this.#number % ROWS_A_TURN === 0) await nextTurn()
    }
  }

  #take(given: unknown, stream: Stream): void {
    const number = ++this.#number
    const text = givenText(given, this.#columns)
    if (text.kind === 'line') stream.packer.takeJson(Buffer.from(text.line), { line: number, number })
    else stream.packer.rejectRecord(text.reason, Buffer.from(text.text), { line: number, number })
    stream.endFullBatch()
  }
}

class Stream {
  readonly packer: Packer
  readonly #name: string
  readonly #batches: PackedBatch[] = []

  constructor(rules: LineRules, { name, directory }: RowPackerOptions, kind: string) {
    const own = join(directory, kind)
    makeDirectory(own)
    this.packer = new Packer(rules, { directory: own, batchBytes: GIVEN_BATCH_BYTES })
    this.#name = name
    this.packer.beginFile(name)
  }

  endFullBatch(): void {
    if (this.packer.isFull) this.#batches.push(this.packer.finishBatch())
  }

  finish(): readonly PackedBatch[] {
    this.packer.endFile({ path: this.#name, size: 0, etag: this.#name, settled: true })
    return [...this.#batches, this.packer.finishBatch()]
  }

  close(): void {
    this.packer.close()
  }
}
