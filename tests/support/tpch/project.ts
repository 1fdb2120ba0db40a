/** TPC-H as a project: its tables as sources, its queries as assets. */
import type { AssetGraph } from '../../../framework/graph/asset-graph.ts'
import { graphOf } from '../test-lake.ts'
import * as first from './queries/q01-q08.ts'
import * as second from './queries/q09-q15.ts'
import * as third from './queries/q16-q22.ts'
import * as sources from './sources.ts'

export const SOURCES = Object.keys(sources)

const queries = { ...first, ...second, ...third }

/** `q1` to `q22`. */
export const QUERIES = Object.keys(queries).toSorted((one, other) => Number(one.slice(1)) - Number(other.slice(1)))

export const tpchGraph = (): AssetGraph => graphOf([...Object.values(sources), ...Object.values(queries)])
