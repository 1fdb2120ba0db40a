/** The table of a source of rows from code, as it is before the rows of a read. */
import type { CodeSource } from '../../declare/definition.ts'
import { readSnapshot, type Snapshot } from '../../delta/snapshot.ts'
import { isCorruptTable } from '../../errors.ts'
import type { ResolvedSource } from '../../graph/resolved-asset.ts'
import type { KeyDrift } from '../../ingest/keys/key-drift.ts'
import { type RejectedLine, readRejects } from '../../ingest/rejects.ts'
import { observeTable } from '../../observe/observe.ts'
import type { SourceState } from '../../observe/provenance.ts'
import type { RowsObservation } from '../../observe/rows/observe-rows.ts'
import type { StepContext } from '../step-context.ts'

export interface RowsStep {
  readonly asset: ResolvedSource & { readonly declared: CodeSource }
  readonly observed: RowsObservation
  /** Whether the source is read from its start. Then no row of its table is kept. */
  readonly fromStart: boolean
  /** Whether a read without rows can replace all rows. */
  readonly allowEmpty: boolean
}

/** The table as it is before a group of batches. */
export interface RowsTable {
  readonly base: Snapshot | undefined
  /** Undefined if the next rows replace all rows. */
  readonly source: SourceState | undefined
  readonly rejects: readonly RejectedLine[]
  readonly drift: KeyDrift | undefined
}

/** Reads the table from the lake, because an earlier attempt can have published checkpoints. */
export async function currentTable(context: StepContext, { asset, fromStart }: RowsStep): Promise<RowsTable> {
  const { lake, notice } = context
  const base = await readSnapshot(lake, asset.key)
  const source = (await observeTable(lake, asset.key))?.provenance.source
  const found = { base, source, rejects: [], drift: source?.drift }
  if (fromStart || asset.declared.rows.mode === 'replace') return { ...found, source: undefined }
  if (!source?.rejects) return found
  try {
    return { ...found, rejects: await readRejects(lake, source.rejects, asset.key) }
  } catch (error) {
    if (!isCorruptTable(error)) throw error
    notice(`the list of its refused rows is lost (${lake.uri}/${source.rejects})`)
    return found
  }
}
