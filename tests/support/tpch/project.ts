/** TPC-H as a project: its tables as sources, its queries as assets. */
import type { AssetGraph } from '../../../framework/graph/asset-graph.ts'
import { QUERIES as ASSETS, TABLES as SOURCES } from '../../types/tpch/index.ts'
import { graphOf } from '../lakes/graph-of.ts'

/** The tables, from `region` to `lineitem`. */
export const TABLES: readonly string[] = Object.keys(SOURCES)

/** The queries, from `q01` to `q22`. */
export const QUERIES: readonly string[] = Object.keys(ASSETS).toSorted()

export const tpchGraph = (): AssetGraph => graphOf([...Object.values(SOURCES), ...Object.values(ASSETS)])
