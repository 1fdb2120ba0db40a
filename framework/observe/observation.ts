import type { LakeError } from '../errors.ts'
import type { Manifest } from '../ingest/manifest.ts'
import type { StoredFile } from '../storage/storage.ts'
import type { KeyChange, Provenance } from './provenance.ts'
import type { FormerTable } from './renamed.ts'
import type { IgnoredFiles } from './sources/source-files.ts'

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
  /** Files below the source's root that no source reads, whatever their names begin with aside. */
  readonly ignored: IgnoredFiles
  readonly changes: SourceChanges
  /**
   * Where the list of the files that its rows came from was, if that is missing or damaged. Then the manifest is empty, every file counts as
   * changed, and all of them are read anew.
   */
  readonly lostManifest: string | undefined
}

/** What stands of one asset. All of it was read before anything is decided, and is what a run then works from. */
export interface Observation {
  readonly key: string
  readonly state: TableState | undefined
  readonly source: SourceObservation | undefined
  /** What stands under the key that it had before. Where that is to be moved, it is what `state` is about. */
  readonly former?: FormerTable
  /** Assets that its newest version names by keys that they had before. `state` has those that they have now. */
  readonly renamed?: readonly KeyChange[]
  /**
   * What keeps the asset from being brought up to date: a damaged table, a source directory that is not there. A source that was observed all
   * the same has no file (`source-empty`, or `source-missing` on an object store), which may be meant: see `isEmptied`.
   */
  readonly problem: LakeError | undefined
}

/** Its table is damaged, or another program has written to it: what stands of it is not known. */
export function isUnreadable(observed: Observation | undefined): boolean {
  return observed?.state === undefined && observed?.problem?.code === 'corrupt-table'
}

export type Observations = ReadonlyMap<string, Observation>

/** Whether the problem is only that the source has no file: what is told to take that for its state goes on. */
export const isEmptied = ({ problem, source }: Observation): boolean => problem !== undefined && source !== undefined
