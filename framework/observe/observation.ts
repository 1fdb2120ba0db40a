/** Defines the observed state of an asset: its table and its source files. */
import type { OutsideTable } from '../delta/outside/outside-table.ts'
import { isCorruptTable, type LakeError } from '../errors.ts'
import type { Manifest } from '../ingest/manifest.ts'
import type { FileChanges, PackedFiles } from '../storage/packed-files.ts'
import type { KeyChange, Provenance } from './provenance.ts'
import type { RowsObservation } from './rows/observe-rows.ts'
import type { IgnoredFiles } from './sources/source-files.ts'

/** The newest version of an asset's table. */
export interface TableState {
  readonly version: number
  readonly committedAt: Date
  readonly provenance: Provenance
}

export interface SourceObservation {
  readonly manifest: Manifest
  /** All current files of the source. */
  readonly files: PackedFiles
  /** The version of the Delta table that has the files. Undefined for sources of other formats. */
  readonly table?: OutsideTable
  /** Files below the source's root that no source reads, without hidden ones. */
  readonly ignored: IgnoredFiles
  /** How they differ from those that its rows came from. */
  readonly changes: FileChanges
  /**
   * The location of the manifest if it is missing or damaged; otherwise undefined. Then `manifest`
   * is empty, every file counts as changed, and the next run reads all of them.
   */
  readonly lostManifest: string | undefined
}

/** The table under an asset's former key. */
export interface FormerTable {
  readonly key: string
  /**
   * - `to-move`: the next run moves it, or completes the move.
   * - `moved`: it was moved, and the next run removes what is left under the former key.
   * - `apart`: the asset has another table under its current key, so lake keeps both.
   */
  readonly kind: 'to-move' | 'moved' | 'apart'
}

/**
 * The current state of one asset. A run reads all of it before it decides anything, and then works
 * from it.
 */
export interface Observation {
  readonly key: string
  readonly state: TableState | undefined
  /** Undefined for a source from code. */
  readonly source: SourceObservation | undefined
  /** Present for a source from code. */
  readonly rows?: RowsObservation
  /** The table under the asset's former key. If the next run moves it, `state` describes it. */
  readonly former?: FormerTable
  /** Assets that the newest version names by their former keys. `state` has their current keys. */
  readonly renamed?: readonly KeyChange[]
  /**
   * The reason why the asset cannot be brought up to date, such as a damaged table or a missing
   * source directory. If `source` is set nevertheless, the source has no file (`source-empty`, or
   * `source-missing` on an object store), which can be intended: see `isEmptied`.
   */
  readonly problem: LakeError | undefined
}

/**
 * Whether the table's state is unknown, because it is damaged or another program has written to it.
 */
export function isUnreadable(observed: Observation | undefined): boolean {
  return observed?.state === undefined && isCorruptTable(observed?.problem)
}

export type Observations = ReadonlyMap<string, Observation>

/** Whether the only problem is that the source has no file. With --allow-empty, a run goes on. */
export const isEmptied = ({ problem, source }: Observation): boolean => problem !== undefined && source !== undefined
