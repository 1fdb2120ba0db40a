/** Derives what changes in a relation when its upstreams do. */

import { TRUE } from '../../expression/conditions.ts'
import { referenced } from '../../expression/expression.ts'
import { emptyAs, filter, limit, project, unionAll } from '../../relation/build.ts'
import {
  type Aggregation,
  type Filter,
  type Limit,
  mapInputs,
  type Part,
  type Projection,
  type Relation,
  type Scan,
  scansOf,
  type UnionAll,
  type Window,
} from '../../relation/relation.ts'
import { once } from '../once.ts'
import { topPerPartition, topPerPartitionOf } from '../pushdown/top-per-partition.ts'
import type { Staging } from '../staging.ts'
import { type Change, type DeltaContext, noDelta } from './delta.ts'
import { groupDelta, groupedBy } from './group-delta.ts'
import { innerJoinDelta, leftJoin, lookUpDelta, semiJoin } from './join-delta.ts'

/** Which rows an upstream has lost and gained. One that is not here is as it was. */
export type Moved = ReadonlyMap<string, { readonly removed: boolean; readonly added: boolean }>

/** Works out what the change of the upstreams changes in the relation. */
export function deriveDelta(staging: Staging, moved: Moved, relation: Relation): Change {
  return new Changes(staging, moved).of(relation)
}

class Changes implements DeltaContext {
  readonly staging: Staging
  readonly #moved: Moved

  constructor(staging: Staging, moved: Moved) {
    this.staging = staging
    this.#moved = moved
  }

  of(relation: Relation): Change {
    if (!this.moves(relation)) return noDelta(relation)
    switch (relation.kind) {
      case 'scan':
        return this.#scan(relation)
      case 'staged':
      case 'empty':
        return noDelta(relation)
      case 'filter':
        return this.#filter(relation)
      case 'project':
        return this.#project(relation)
      case 'join':
        return relation.type === 'left' ? lookUpDelta(this, leftJoin(relation)) : innerJoinDelta(this, relation)
      case 'matching':
        return lookUpDelta(this, semiJoin(relation))
      case 'aggregate':
        return relation.keys.length === 0 ? this.#whole(relation) : groupDelta(this, groupedBy(relation))
      case 'window':
        return relation.partitionBy.length === 0 ? this.#whole(relation) : groupDelta(this, groupedBy(relation))
      case 'distinct':
      case 'set-operation':
        return groupDelta(this, groupedBy(relation))
      case 'limit':
        return this.#whole(relation)
      case 'union-all':
        return this.#unionAll(relation)
    }
  }

  moves(relation: Relation): boolean {
    return scansOf(relation).some(({ alias }) => this.#moved.has(alias))
  }

  before(relation: Relation): Relation {
    return withParts(relation, (scan) => (this.#moved.has(scan.alias) ? 'before' : scan.part))
  }

  #scan(scan: Scan): Change {
    const { removed = false, added = false } = this.#moved.get(scan.alias) ?? {}
    const part =
      (name: Part, there = true) =>
      async () =>
        there ? { ...scan, part: name } : emptyAs(scan)
    return {
      unchanged: part('unchanged'),
      removed: part('removed', removed),
      added: part('added', added),
      groups: undefined,
    }
  }

  #filter(relation: Filter): Change {
    const { input, predicate } = relation
    const { groups, ...change } = this.of(input)
    const filtered = { ...mapped(change, (rows) => filter(rows, predicate)), groups }
    const first = groups && topPerPartitionOf(relation)
    if (!first) return filtered
    const { input: rows } = first.window
    const firstOf = async (all: Relation) =>
      topPerPartition(this.staging, first, { rows: all, set: await groups.touched() })
    return { ...filtered, removed: once(() => firstOf(this.before(rows))), added: once(() => firstOf(rows)) }
  }

  #project({ input, outputs }: Projection): Change {
    const { groups, ...change } = this.of(input)
    const places = groups?.columns.map((column) => outputs.find(({ expression }) => referenced(expression) === column))
    const columns = places?.flatMap((output) => output?.id ?? [])
    const kept = groups && columns?.length === groups.columns.length ? { columns, touched: groups.touched } : undefined
    return { ...mapped(change, (rows) => project(rows, outputs)), groups: kept }
  }

  /** What is one group of all rows: it is worked out anew as soon as one of them is touched. */
  #whole(relation: Aggregation | Window | Limit): Change {
    const touched = once(() => this.#isTouched(this.of(relation.input)))
    const none = emptyAs(relation)
    return {
      unchanged: async () => ((await touched()) ? none : relation),
      removed: async () => ((await touched()) ? this.before(relation) : none),
      added: async () => ((await touched()) ? relation : none),
      groups: undefined,
      isWhole: true,
    }
  }

  async #isTouched({ groups, removed, added }: Change): Promise<boolean> {
    if (groups) return (await groups.touched()).rows > 0
    const id = this.staging.ids.next()
    const marked = [await removed(), await added()].map((rows) => project(rows, [{ id, expression: TRUE }]))
    const first = limit({ input: unionAll([id], marked), orderBy: [], offset: 0, count: 1 })
    return (await this.staging.stage(first)).rows > 0
  }

  #unionAll({ columns, inputs }: UnionAll): Change {
    const changes = inputs.map((input) => this.of(input))
    const all = (which: 'unchanged' | 'removed' | 'added') => async () =>
      unionAll(columns, await Promise.all(changes.map((change) => change[which]())))
    return { unchanged: all('unchanged'), removed: all('removed'), added: all('added'), groups: undefined }
  }
}

function mapped(change: Omit<Change, 'groups'>, map: (rows: Relation) => Relation): Omit<Change, 'groups'> {
  return {
    ...change,
    unchanged: async () => map(await change.unchanged()),
    removed: async () => map(await change.removed()),
    added: async () => map(await change.added()),
  }
}

const withParts = (relation: Relation, part: (scan: Scan) => Part): Relation =>
  relation.kind === 'scan'
    ? { ...relation, part: part(relation) }
    : mapInputs(relation, (input) => withParts(input, part))
