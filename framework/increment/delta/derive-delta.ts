/** Derives the delta of a relation from the deltas of its upstreams, operator by operator. */
import { TRUE } from '../../expression/conditions.ts'
import { type ColumnId, referenced } from '../../expression/expression.ts'
import {
  emptyAs,
  expand,
  filter,
  limit,
  nullSafeKeys,
  project,
  renamed,
  semiJoin,
  unionAll,
} from '../../relation/build.ts'
import {
  type Aggregation,
  columnsOf,
  type Expansion,
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
import { lazy } from '../lazy.ts'
import { topPerPartition, topPerPartitionOf } from '../pushdown/top-per-partition.ts'
import { type Staging, stagedUnderOwnIds } from '../staging.ts'
import { type Delta, type DeltaContext, noDelta } from './delta.ts'
import { groupDelta, groupedBy } from './group-delta.ts'
import { innerJoinDelta, leftJoinLookup, lookupDelta, semiJoinLookup } from './join-delta.ts'

/** The changed upstreams, by alias, and whether each has removed and added rows. */
export type ChangedInputs = ReadonlyMap<string, { readonly removed: boolean; readonly added: boolean }>

/** Derives the delta of each relation once. */
export function deltasOf(staging: Staging, changed: ChangedInputs): (relation: Relation) => Delta {
  const deriver = new DeltaDeriver(staging, changed)
  return (relation) => deriver.deltaOf(relation)
}

class DeltaDeriver implements DeltaContext {
  readonly staging: Staging
  readonly #changed: ChangedInputs
  readonly #derived = new Map<Relation, Delta>()

  constructor(staging: Staging, changed: ChangedInputs) {
    this.staging = staging
    this.#changed = changed
  }

  deltaOf(relation: Relation): Delta {
    const delta = this.#derived.get(relation) ?? this.#derive(relation)
    this.#derived.set(relation, delta)
    return delta
  }

  #derive(relation: Relation): Delta {
    if (!this.isChanged(relation)) return noDelta(relation)
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
      case 'expand':
        return this.#expand(relation)
      case 'join':
        return relation.type === 'left' ? lookupDelta(this, leftJoinLookup(relation)) : innerJoinDelta(this, relation)
      case 'semi-join':
      case 'anti-join':
        return lookupDelta(this, semiJoinLookup(relation))
      case 'aggregate':
        return relation.keys.length === 0 ? this.#oneRow(relation) : groupDelta(this, groupedBy(relation))
      case 'window':
        return relation.partitionBy.length === 0 ? this.#full(relation) : groupDelta(this, groupedBy(relation))
      case 'distinct':
      case 'set-operation':
        return groupDelta(this, groupedBy(relation))
      case 'limit':
        return this.#full(relation)
      case 'union-all':
        return this.#unionAll(relation)
    }
  }

  isChanged(relation: Relation): boolean {
    return scansOf(relation).some(({ alias }) => this.#changed.has(alias))
  }

  before(relation: Relation): Relation {
    return withParts(relation, (scan) => (this.#changed.has(scan.alias) ? 'before' : scan.part))
  }

  #scan(scan: Scan): Delta {
    const { removed = false, added = false } = this.#changed.get(scan.alias) ?? {}
    const part =
      (name: Part, exists = true) =>
      async () =>
        exists ? { ...scan, part: name } : emptyAs(scan)
    return {
      unchanged: part('unchanged'),
      removed: part('removed', removed),
      added: part('added', added),
      ...this.versions(scan),
      groups: undefined,
    }
  }

  versions(relation: Relation): Pick<Delta, 'before' | 'after'> {
    return { before: async () => this.before(relation), after: async () => relation }
  }

  #filter(relation: Filter): Delta {
    const { input, predicate } = relation
    const { groups, ...delta } = this.deltaOf(input)
    const filtered = { ...mapped(delta, (rows) => filter(rows, predicate)), groups }
    const top = groups && topPerPartitionOf(relation)
    if (!top) return filtered
    const { input: rows } = top.window
    const topOf = async (all: Relation) =>
      topPerPartition(this.staging, top, { rows: all, set: await groups.touched() })
    return { ...filtered, removed: lazy(() => topOf(this.before(rows))), added: lazy(() => topOf(rows)) }
  }

  #project({ input, outputs }: Projection): Delta {
    const { groups, ...delta } = this.deltaOf(input)
    const passedOn = groups?.columns.map((column) =>
      outputs.find(({ expression }) => referenced(expression) === column),
    )
    const columns = passedOn?.flatMap((output) => output?.id ?? [])
    const kept = groups && columns?.length === groups.columns.length ? { columns, touched: groups.touched } : undefined
    const source = (id: ColumnId) => referenced(outputs.find((output) => output.id === id)?.expression ?? TRUE)
    const valuesOf = async (wanted: readonly ColumnId[]) => {
      const sources = wanted.flatMap((id) => source(id) ?? [])
      if (sources.length < wanted.length) return undefined
      // The outputs can name one column twice, but a relation must not have a column twice.
      const values = await delta.valuesOf?.([...new Set(sources)])
      return values && renamed(values, sources, wanted)
    }
    return { ...mapped(delta, (rows) => project(rows, outputs)), groups: kept, valuesOf }
  }

  /** If a row changes, all of its old values are removed, and all of its new values added. */
  #expand(relation: Expansion): Delta {
    const { groups, ...delta } = this.deltaOf(relation.input)
    return { ...mapped(delta, (input) => expand({ ...relation, input })), groups }
  }

  /**
   * An operator over all rows at once: all of its rows are recomputed as soon as one row of its
   * input changes.
   */
  #full(relation: Window | Limit): Delta {
    const isReplaced = lazy(() => this.#isTouched(relation.input))
    const none = emptyAs(relation)
    return {
      unchanged: async () => ((await isReplaced()) ? none : relation),
      removed: async () => ((await isReplaced()) ? this.before(relation) : none),
      added: async () => ((await isReplaced()) ? relation : none),
      ...this.versions(relation),
      groups: undefined,
      isReplaced,
    }
  }

  /**
   * Computes the row from the old and from the new upstreams. The row changes only if the two
   * results differ.
   */
  #oneRow(relation: Aggregation): Delta {
    const { staging } = this
    const isReplaced = lazy(() => this.#isTouched(relation.input))
    const staged = (rows: Relation) =>
      staging.isLarge(rows) ? stagedUnderOwnIds(staging, rows) : Promise.resolve(rows)
    const after = lazy(() => staged(relation))
    const before = lazy(async () => ((await isReplaced()) ? staged(this.before(relation)) : after()))
    const differs = lazy(async () => {
      if (!(await isReplaced())) return false
      if (!staging.isLarge(relation)) return true
      const old = await staging.stage(await before())
      const on = nullSafeKeys(columnsOf(relation), columnsOf(old.relation))
      const same = semiJoin({ kind: 'semi-join', left: await after(), right: old.relation, on })
      return (await staging.stage(same)).rows === 0
    })
    const none = emptyAs(relation)
    return {
      unchanged: async () => ((await differs()) ? none : after()),
      removed: async () => ((await differs()) ? before() : none),
      added: async () => ((await differs()) ? after() : none),
      ...{ before, after, groups: undefined, isReplaced },
    }
  }

  /** Each row of a projection comes from one row of its input. */
  async #isTouched(relation: Relation): Promise<boolean> {
    if (relation.kind === 'project') return this.#isTouched(relation.input)
    const { groups, removed, added } = this.deltaOf(relation)
    if (groups) return (await groups.touched()).rows > 0
    const id = this.staging.ids.next()
    const marked = [await removed(), await added()].map((rows) => project(rows, [{ id, expression: TRUE }]))
    const first = limit({ input: unionAll([id], marked), orderBy: [], offset: 0, count: 1 })
    return (await this.staging.stage(first)).rows > 0
  }

  #unionAll({ columns, inputs }: UnionAll): Delta {
    const deltas = inputs.map((input) => this.deltaOf(input))
    const all = (which: keyof Versions) => async () =>
      unionAll(columns, await Promise.all(deltas.map((delta) => delta[which]())))
    return { ...eachVersion(all), groups: undefined }
  }
}

/** The delta of an operator that treats each row by itself. */
function mapped(delta: Omit<Delta, 'groups'>, map: (rows: Relation) => Relation): Omit<Delta, 'groups'> {
  return { ...delta, ...eachVersion((which) => async () => map(await delta[which]())) }
}

type Versions = Pick<Delta, 'unchanged' | 'removed' | 'added' | 'before' | 'after'>

const eachVersion = (rows: (which: keyof Versions) => () => Promise<Relation>): Versions => ({
  ...{ unchanged: rows('unchanged'), removed: rows('removed'), added: rows('added') },
  ...{ before: rows('before'), after: rows('after') },
})

const withParts = (relation: Relation, part: (scan: Scan) => Part): Relation =>
  relation.kind === 'scan'
    ? { ...relation, part: part(relation) }
    : mapInputs(relation, (input) => withParts(input, part))
