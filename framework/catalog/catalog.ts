/** Makes the documents of a catalogue from a project and its lake. */
import { basename, relative } from 'node:path'
import type { AssetGraph } from '../graph/asset-graph.ts'
import type { AssetStatus, StatusReport } from '../report/status.ts'
import { isLocal } from '../storage/is-local.ts'
import type { Storage } from '../storage/storage.ts'
import { assetDocument } from './asset-document.ts'
import type { AssetDocument, CatalogIndex, IndexEntry } from './catalog-document.ts'
import { columnUses } from './column-uses.ts'
import { lakeFacts, pastSteps } from './lake-facts.ts'

interface CatalogRequest {
  readonly graph: AssetGraph
  /** The status of all assets. */
  readonly status: StatusReport
  readonly lake: Storage
  /** The directory of the project. */
  readonly root: string
  /** Maximum number of versions of each asset. */
  readonly versions: number
  /** Whether values from the data are shown: in refused lines, unknown keys, cursors, failures. */
  readonly samples: boolean
  readonly now: Date
}

export interface Catalog {
  readonly index: CatalogIndex
  /** In the order of the index. Each is made when it is needed. */
  readonly assets: Iterable<AssetDocument>
}

/** Reads the lake, and writes nothing. */
export async function makeCatalog(request: CatalogRequest): Promise<Catalog> {
  const { graph, lake, root, versions, samples, now } = request
  const [facts, steps] = await Promise.all([lakeFacts(lake, graph.assets, versions), pastSteps(lake)])
  const uses = columnUses(graph)
  const statuses = new Map(request.status.assets.map((asset) => [asset.key, asset]))
  const index = {
    ...{ project: basename(root), lake: isLocal(lake) ? relative(root, lake.uri) || '.' : lake.uri },
    ...{ writtenAt: now.toISOString(), assets: indexEntries(graph, statuses) },
  }
  function* documents() {
    for (const asset of graph.assets) {
      const { key } = asset
      const known = { status: of(statuses, key), facts: of(facts, key), uses: of(uses, key) }
      yield assetDocument(asset, graph, { ...known, steps: steps.get(key) ?? [] }, { root, samples, now })
    }
  }
  return { index, assets: documents() }
}

function indexEntries(graph: AssetGraph, statuses: ReadonlyMap<string, AssetStatus>): readonly IndexEntry[] {
  const indexes = new Map(graph.assets.map(({ key }, index) => [key, index]))
  return graph.assets.map(({ key, kind, declared, columns }) => {
    const { state, rows } = of(statuses, key)
    const { description = null, owner = null, group = null, tags } = declared
    return {
      ...{ key, kind, state, rows, description, owner, group, tags },
      columns: columns.map(({ name }) => name),
      upstream: graph.upstream(key).map((upstream) => of(indexes, upstream)),
    }
  })
}

function of<Value>(values: ReadonlyMap<string, Value>, key: string): Value {
  const value = values.get(key)
  if (value === undefined) throw new Error(`the catalogue knows nothing of ${key}`)
  return value
}
