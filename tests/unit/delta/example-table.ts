/** A small Delta table, on which tests try the parts of Delta. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { AddFile, Metadata } from '../../../framework/delta/actions.ts'
import { type CommitActions, type CommitOutcome, commit } from '../../../framework/delta/commit.ts'
import { printStats } from '../../../framework/delta/stats.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import type { Storage } from '../../../framework/storage/storage.ts'

export const metadata: Metadata = {
  id: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
  columns: [
    { name: 'song_id', type: { kind: 'text' }, nullable: false },
    { name: 'year', type: { kind: 'int' }, nullable: true },
  ],
  partitionColumns: ['year'],
  createdTime: 1_542_000_000_000,
  configuration: { 'lake.asset': 'songs' },
}

/** A file of three rows in the partition of 2018. */
export function file(path: string, changes: Partial<AddFile> = {}): AddFile {
  const stats = printStats({ rows: 3, columns: { song_id: { min: 'a', max: 'b', nulls: 0 } } }, metadata.columns)
  return {
    path,
    partitionValues: { year: '2018' },
    size: 1000,
    modificationTime: 1_542_000_000_000,
    stats,
    tags: {},
    ...changes,
  }
}

interface TemporaryStorage {
  readonly root: string
  readonly storage: Storage
  /** The path on disk of a commit to the table `songs`. */
  commitFile(version: number): string
}

/** A storage in a new temporary directory for each test. */
export function temporaryStorage(): TemporaryStorage {
  const commitFile = (version: number) => join(current.root, logFile(version))
  const current = { root: '', storage: localStorage('/'), commitFile }
  beforeEach(() => {
    current.root = mkdtempSync(join(tmpdir(), 'lake-delta-'))
    current.storage = localStorage(current.root)
  })
  afterEach(() => rmSync(current.root, { recursive: true }))
  return current
}

/**
 * Commits `actions` to the table `songs` after `readVersion`, a minute after the commit before it.
 */
export function commitSongs(
  storage: Storage,
  readVersion: number | undefined,
  actions: CommitActions,
): Promise<CommitOutcome> {
  const timestamp = 1_542_000_000_000 + (readVersion === undefined ? 0 : readVersion + 1) * 60_000
  const first = readVersion === undefined ? { metadata } : {}
  return commit(storage, 'songs', {
    readVersion,
    actions: { ...first, ...actions },
    commitInfo: { timestamp, operation: 'WRITE', engineInfo: 'lake', lake: { codeVersion: 'abc' } },
  })
}

/**
 * Makes the table `songs` with the versions 0 to `newest`, each of which adds one file:
 * `part-VERSION`.
 */
export async function makeSongs(storage: Storage, newest: number): Promise<void> {
  for (let version = 0; version <= newest; version++) {
    await commitSongs(storage, version === 0 ? undefined : version - 1, { adds: [file(`part-${version}`)] })
  }
}

export function logFile(version: number, suffix = '.json'): string {
  return `songs/_delta_log/${String(version).padStart(20, '0')}${suffix}`
}

/** Returns a storage that records the requests to the given storage. */
export function recorded(storage: Storage): { readonly storage: Storage; readonly asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    storage: {
      ...storage,
      read(path) {
        asked.push(`read ${path}`)
        return storage.read(path)
      },
      names(directory, after) {
        asked.push(after === undefined ? `names ${directory}` : `names ${directory} after ${after}`)
        return storage.names(directory, after)
      },
    },
  }
}
