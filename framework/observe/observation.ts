import type { LakeError } from '../errors.ts'
import type { Manifest } from '../ingest/manifest.ts'
import type { StoredFile } from '../storage/storage.ts'
import type { Provenance } from './provenance.ts'

/** The newest version of an asset's table. */
export interface TableState {
  readonly version: number
  readonly committedAt: Date
  readonly provenance: Provenance
}

/** How the files of a source differ from those that its rows came from. Ordered by path. */
export interface SourceChanges {
  readonly added: readonly StoredFile[]
  readonly changed: readonly StoredFile[]
  readonly removed: readonly string[]
}

export interface SourceObservation {
  readonly manifest: Manifest
  /** All files that the source consists of now, by path. */
  readonly files: readonly StoredFile[]
  readonly changes: SourceChanges
}

/** What stands of one asset. All of it was read before anything is decided, and is what a run then works from. */
export interface Observation {
  readonly key: string
  readonly state: TableState | undefined
  readonly source: SourceObservation | undefined
  /**
   * What kept the rest from being observed: a damaged table, a source directory that is not there. A source that was observed all the
   * same has lost the list of its files, and can only be read anew.
   */
  readonly problem: LakeError | undefined
}

/** Its table is damaged, or another program has written to it: what stands of it is not known. */
export function isUnreadable(observed: Observation | undefined): boolean {
  return observed?.state === undefined && observed?.problem?.code === 'corrupt-table'
}

export type Observations = ReadonlyMap<string, Observation>
