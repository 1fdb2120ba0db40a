/** Implements lakes and snapshots for programs. */
import { resolve } from 'node:path'
import type { Asset, RowOf } from '../declare/definition.ts'
import { readSnapshot } from '../delta/snapshot.ts'
import { LakeError } from '../errors.ts'
import { openStorage } from '../storage/open-storage.ts'
import type { Storage } from '../storage/storage.ts'
import { notBuilt, readVersion } from '../tables/table-version.ts'
import { assetColumns } from './declared-columns.ts'
import type { Lake, LakeSnapshot, SnapshotOptions } from './lake.ts'
import type { LakeTable } from './lake-table.ts'
import { TableRows } from './table-rows.ts'
import { currentVersions, versionsOfRun } from './versions/allowed-versions.ts'

/** A lake in a storage. */
export class StoredLake implements Lake {
  readonly #storage: Storage

  private constructor(storage: Storage) {
    this.#storage = storage
  }

  static async open(uri: string): Promise<StoredLake> {
    if (typeof uri !== 'string' || uri.trim() === '')
      throw new LakeError('usage', { problem: `openLake takes a directory or s3://bucket/prefix, not ${String(uri)}` })
    const storage = openStorage(uri.includes('://') ? uri : resolve(uri))
    if (await storage.exists()) return new StoredLake(storage)
    throw new LakeError('storage', {
      problem: `There is no lake in ${storage.uri}: no such directory exists`,
      remedy: 'Correct the path, or run `lake materialize`, which makes the lake.',
    })
  }

  get uri(): string {
    return this.#storage.uri
  }

  table<Declared extends Asset>(asset: Declared): LakeTable<RowOf<Declared>> {
    const { key } = asset
    const open = async () => (await readSnapshot(this.#storage, key)) ?? Promise.reject(notBuilt(key))
    const columns = assetColumns(asset)
    return new TableRows<RowOf<Declared>>({ lake: this.#storage, key, columns, isPinned: false, open })
  }

  async snapshot(assets: readonly Asset[], { run }: SnapshotOptions = {}): Promise<LakeSnapshot> {
    const keys = [...new Set(assets.map(({ key }) => key))]
    const made = run === undefined ? currentVersions(this.#storage, keys) : versionsOfRun(this.#storage, keys, run)
    const versions = (await made).map(({ key, version, committedAt, provenance }) => ({
      ...{ key, version, runId: provenance.runId, committedAt },
    }))
    return new PinnedTables(this.#storage, versions)
  }
}

class PinnedTables implements LakeSnapshot {
  readonly versions: LakeSnapshot['versions']
  readonly #storage: Storage

  constructor(storage: Storage, versions: LakeSnapshot['versions']) {
    this.#storage = storage
    this.versions = versions
  }

  table<Declared extends Asset>(asset: Declared): LakeTable<RowOf<Declared>> {
    const { key } = asset
    const pinned = this.versions.find((one) => one.key === key)
    if (!pinned) {
      const keys = this.versions.map((one) => one.key).join(', ')
      throw new LakeError('usage', {
        problem: `The snapshot does not have ${key}: it was made of ${keys}`,
        remedy: 'Name all assets that you read when you make the snapshot.',
        asset: key,
      })
    }
    const open = () => readVersion(this.#storage, key, pinned.version)
    const columns = assetColumns(asset)
    return new TableRows<RowOf<Declared>>({ lake: this.#storage, key, columns, isPinned: true, open })
  }
}
