/** Declares lakes and snapshots as programs see them. */
import type { Asset, RowOf } from '../declare/definition.ts'
import type { LakeTable } from './lake-table.ts'

/** The tables of a lake. It keeps nothing open, so it need not be closed. */
export interface Lake {
  /** An absolute directory or `s3://bucket/prefix`. */
  readonly uri: string
  /**
   * The rows of an asset's table, at its newest version whenever they are read. Two tables can then
   * have rows of different runs: see `snapshot`.
   */
  table<Declared extends Asset>(asset: Declared): LakeTable<RowOf<Declared>>
  /**
   * Pins the newest versions of these tables that fit together: each was made from exactly the rows
   * that the others have, and no version is of a run that still works. Throws `usage` if no such
   * versions exist.
   */
  snapshot(assets: readonly Asset[], options?: SnapshotOptions): Promise<LakeSnapshot>
}

export interface SnapshotOptions {
  /**
   * Reads the tables as this run left them: an ID, the beginning of an ID, or `last`. Default: as
   * they are now.
   */
  readonly run?: string
}

/** Several tables, each fixed at one version, even if runs publish meanwhile. */
export interface LakeSnapshot {
  /** In the order in which the assets were given. */
  readonly versions: readonly SnapshotVersion[]
  /** Throws `usage` for an asset that the snapshot was not made of. */
  table<Declared extends Asset>(asset: Declared): LakeTable<RowOf<Declared>>
}

export interface SnapshotVersion {
  readonly key: string
  readonly version: number
  /** The run that made the version. */
  readonly runId: string
  readonly committedAt: Date
}
