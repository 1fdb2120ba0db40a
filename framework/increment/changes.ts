import {
  aggregate,
  distinct,
  empty,
  emptyAs,
  filter,
  join,
  matching,
  orNoRowsOf,
  passed,
  project,
  renamed,
  same,
  setOperation,
  unionAll,
  window,
} from './build.ts'
import { type Equality, equalities } from './conditions.ts'
import { withColumns } from './expression.ts'
import { firstRows, firstRowsOf } from './first-rows.ts'
import {
  type Aggregate,
  type ColumnId,
  columnsOf,
  type Distinct,
  type Expression,
  type Filter,
  type Join,
  type Matching,
  type Part,
  type Project,
  type Relation,
  reference,
  referenced,
  type Scan,
  type SetOperation,
  scansOf,
  type UnionAll,
  type Window,
} from './relation.ts'
import { type ColumnMatch, restricted } from './restrict.ts'
import type { StagedRows, Staging } from './staging.ts'

/**
 * What became of a relation's rows, duplicates counted: what it was is `unchanged` and `removed`, what it is now is `unchanged` and
 * `added`. A row may be removed and added again.
 */
export interface Change {
  unchanged(): Promise<Relation>
  removed(): Promise<Relation>
  added(): Promise<Relation>
  /** Where rows that agree in some columns are removed and added together: those columns, and the values that are touched. */
  readonly groups: Groups | undefined
}

export interface Groups {
  readonly columns: readonly ColumnId[]
  /** Each combination of values once, the columns in the order of `columns`. */
  touched(): Promise<StagedRows>
}

/** Which rows an upstream has lost and gained. One that is not here is as it was. */
export type Moved = ReadonlyMap<string, { readonly removed: boolean; readonly added: boolean }>

/** Works out what the change of the upstreams changes in the relation. */
export function changeOf(staging: Staging, moved: Moved, relation: Relation): Change {
  return new Changes(staging, moved).of(relation)
}

class Changes {
  readonly #staging: Staging
  readonly #moved: Moved

  constructor(staging: Staging, moved: Moved) {
    this.#staging = staging
    this.#moved = moved
  }

  of(relation: Relation): Change {
    if (!this.#moves(relation)) return noChange(relation)
    switch (relation.kind) {
      case 'scan':
        return this.#scan(relation)
      case 'staged':
      case 'empty':
        return noChange(relation)
      case 'filter':
        return this.#filter(relation)
      case 'project':
        return this.#project(relation)
      case 'join':
        return relation.type === 'left' ? this.#leftJoin(relation) : this.#innerJoin(relation)
      case 'matching':
        return this.#matching(relation)
      case 'aggregate':
        return this.#aggregate(relation)
      case 'window':
        return this.#window(relation)
      case 'distinct':
        return this.#distinct(relation)
      case 'union-all':
        return this.#unionAll(relation)
      case 'set-operation':
        return this.#setOperation(relation)
    }
  }

  #moves(relation: Relation): boolean {
    return scansOf(relation).some(({ alias }) => this.#moved.has(alias))
  }

  /** The relation as it was. */
  #before(relation: Relation): Relation {
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
    const first = groups && firstRowsOf(relation)
    if (!first) return filtered
    const { input: rows } = first.window
    const firstOf = async (all: Relation) => firstRows(this.#staging, first, { rows: all, set: await groups.touched() })
    return { ...filtered, removed: once(() => firstOf(this.#before(rows))), added: once(() => firstOf(rows)) }
  }

  #project({ input, outputs }: Project): Change {
    const { groups, ...change } = this.of(input)
    const places = groups?.columns.map((column) => outputs.find(({ expression }) => referenced(expression) === column))
    const columns = places?.flatMap((output) => output?.id ?? [])
    const kept = groups && columns?.length === groups.columns.length ? { columns, touched: groups.touched } : undefined
    return { ...mapped(change, (rows) => project(rows, outputs)), groups: kept }
  }

  /** Groups of which a row was touched are worked out anew, from all of their rows. */
  #aggregate(relation: Aggregate): Change {
    const { input, keys, functions } = relation
    if (keys.length === 0) return this.#whole(relation)
    return this.#grouped({
      columns: keys,
      inputs: [input],
      columnsIn: () => keys,
      over: ([rows = input]) => aggregate(rows, keys, functions),
    })
  }

  #window(relation: Window): Change {
    const { input, partitionBy, functions } = relation
    if (partitionBy.length === 0) return this.#whole(relation)
    return this.#grouped({
      columns: partitionBy,
      inputs: [input],
      columnsIn: () => partitionBy,
      over: ([rows = input]) => window(rows, partitionBy, functions),
    })
  }

  #distinct({ input }: Distinct): Change {
    const columns = columnsOf(input)
    return this.#grouped({
      columns,
      inputs: [input],
      columnsIn: () => columns,
      over: ([rows = input]) => distinct(rows),
    })
  }

  #setOperation(relation: SetOperation): Change {
    const { columns, left, right } = relation
    return this.#grouped({
      columns,
      inputs: [left, right],
      columnsIn: columnsOf,
      over: ([l = left, r = right]) => setOperation({ ...relation, left: l, right: r }),
    })
  }

  #grouped({ columns, inputs, columnsIn, over }: GroupedRelation): Change {
    const changes = inputs.map((input) => this.of(input))
    const touched = once(async () => {
      const some = inputs.map((input, index) => touchedValues(changes[index] ?? noChange(input), columnsIn(input)))
      const fresh = columns.map(() => this.#staging.ids.next())
      return this.#staging.stage(distinct(unionAll(fresh, await Promise.all(some))))
    })
    const touching = async (rows: readonly Relation[]) => {
      const set = await touched()
      const some = rows.map((input) => restricted(this.#staging, input, { set, on: matches(columnsIn(input), set) }))
      return over(await Promise.all(some))
    }
    return {
      unchanged: async () => {
        const { relation: set } = await touched()
        return over(
          inputs.map((input) => matching({ keep: 'none', input, set, on: same(columnsIn(input), columnsOf(set)) })),
        )
      },
      removed: once(() => touching(inputs.map((input) => this.#before(input)))),
      added: once(() => touching(inputs)),
      groups: { columns, touched },
    }
  }

  /** What is one group of all rows. */
  #whole(relation: Relation): Change {
    return {
      unchanged: async () => emptyAs(relation),
      removed: async () => this.#before(relation),
      added: async () => relation,
      groups: undefined,
    }
  }

  #innerJoin({ type, left, right, on }: Join): Change {
    const [l, r] = [this.of(left), this.of(right)]
    const columns = [...columnsOf(left), ...columnsOf(right)]
    const joined = async (leftRows: Relation, rightRows: Relation) =>
      join({ type, left: leftRows, right: rightRows, on })
    const fromLeft = async (rows: Relation, others: Relation) =>
      joined(rows, await this.#matchingRows(others, { rows, equal: equalitiesOf(left, right, on), side: 'right' }))
    const fromRight = async (rows: Relation) =>
      rows.kind === 'empty'
        ? empty(columns)
        : joined(
            await this.#matchingRows(await l.unchanged(), { rows, equal: equalitiesOf(left, right, on), side: 'left' }),
            rows,
          )
    return {
      unchanged: async () => joined(await l.unchanged(), await r.unchanged()),
      removed: once(async () =>
        unionAll(columns, [await fromLeft(await l.removed(), this.#before(right)), await fromRight(await r.removed())]),
      ),
      added: once(async () =>
        unionAll(columns, [await fromLeft(await l.added(), right), await fromRight(await r.added())]),
      ),
      groups: undefined,
    }
  }

  /** Rows of the left that a changed row of the right matches are joined anew, with all that they match. */
  #leftJoin({ type, left, right, on }: Join): Change {
    const [l, r] = [this.of(left), this.of(right)]
    const columns = columnsOf(left)
    const equal = equalitiesOf(left, right, on)
    const touching = once(() => this.#touchingRows(r, { left, right, on }))
    const touched = once(async () => {
      if (!this.#moves(right)) return emptyAs(left)
      const rows = matching({ keep: 'some', input: await l.unchanged(), ...(await touching()) })
      return rows.kind === 'empty' ? rows : this.#keep(rows)
    })
    const joined = async (rows: Relation, others: Relation) => {
      const candidates = await this.#matchingRows(others, { rows, equal, side: 'right' })
      return join({ type, left: rows, right: orNoRowsOf(candidates, others), on })
    }
    return {
      unchanged: async () => {
        const kept = await l.unchanged()
        const rows = this.#moves(right) ? matching({ keep: 'none', input: kept, ...(await touching()) }) : kept
        return join({ type, left: rows, right: await r.unchanged(), on })
      },
      removed: once(async () => joined(unionAll(columns, [await l.removed(), await touched()]), this.#before(right))),
      added: once(async () => joined(unionAll(columns, [await l.added(), await touched()]), right)),
      groups: undefined,
    }
  }

  /** Rows are kept or not by whether they match, so that those which a changed row of the set matches are judged anew. */
  #matching(_: Matching): Change {
    throw new Error('no query is read as rows that match others')
  }

  #unionAll({ columns, inputs }: UnionAll): Change {
    const changes = inputs.map((input) => this.of(input))
    const all = (which: 'unchanged' | 'removed' | 'added') => async () =>
      unionAll(columns, await Promise.all(changes.map((change) => change[which]())))
    return { unchanged: all('unchanged'), removed: all('removed'), added: all('added'), groups: undefined }
  }

  /** What tells a row of the left that a changed row of the right matches, or may match. */
  async #touchingRows(
    change: Change,
    { left, right, on }: Pick<Join, 'left' | 'right' | 'on'>,
  ): Promise<Pick<Matching, 'set' | 'on'>> {
    const equal = equalitiesOf(left, right, on)
    const columns = equal.length > 0 ? [...new Set(equal.map(({ right: column }) => column))] : columnsOf(right)
    const { relation: set } = await this.#staging.stage(distinct(await touchedValues(change, columns)))
    const own = columnsOf(set)
    const among = (column: ColumnId) => own[columns.indexOf(column)] ?? ''
    if (equal.length > 0) {
      return { set, on: equal.map((sides) => ({ kind: 'equal', column: sides.left, among: among(sides.right) })) }
    }
    const condition = on && withColumns(on, new Map(columns.map((column) => [column, among(column)])))
    return { set, on: condition ? [{ kind: 'condition', condition }] : [] }
  }

  /** Of the other side of a join, the rows that may match some of `rows`. */
  async #matchingRows(others: Relation, { rows, equal, side }: JoinedRows): Promise<Relation> {
    if (rows.kind === 'empty' || equal.length === 0 || !this.#staging.isLarge(others)) return others
    const from = side === 'right' ? 'left' : 'right'
    const columns = [...new Set(equal.map((sides) => sides[from]))]
    const set = await this.#staging.stage(distinct(project(rows, passed(columns))))
    const own = columnsOf(set.relation)
    const on = equal.map(
      (sides): ColumnMatch => ({ kind: 'equal', column: sides[side], among: own[columns.indexOf(sides[from])] ?? '' }),
    )
    return restricted(this.#staging, others, { set, on })
  }

  /** The rows, worked out once for several uses. */
  async #keep(rows: Relation): Promise<Relation> {
    const columns = columnsOf(rows)
    const { relation } = await this.#staging.stage(rows)
    return renamed(relation, columnsOf(relation), columns)
  }
}

/** The values of the columns that rows have which are removed or added, and perhaps of others; under the columns' own names. */
export async function touchedValues(change: Change, columns: readonly ColumnId[]): Promise<Relation> {
  const { groups } = change
  const places = groups && columns.map((column) => groups.columns.indexOf(column))
  if (groups && places && !places.includes(-1)) {
    const { relation } = await groups.touched()
    const own = columnsOf(relation)
    return project(
      relation,
      columns.map((id, index) => ({ id, expression: reference(own[places[index] ?? -1] ?? '') })),
    )
  }
  const outputs = passed(columns)
  return unionAll(columns, [project(await change.removed(), outputs), project(await change.added(), outputs)])
}

interface GroupedRelation {
  readonly columns: readonly ColumnId[]
  readonly inputs: readonly Relation[]
  /** The columns' names in an input, in their order. */
  readonly columnsIn: (input: Relation) => readonly ColumnId[]
  readonly over: (inputs: readonly Relation[]) => Relation
}

interface JoinedRows {
  readonly rows: Relation
  readonly equal: readonly Equality[]
  /** On which side of the join the others are. */
  readonly side: 'left' | 'right'
}

function noChange(relation: Relation): Change {
  const none = async () => emptyAs(relation)
  return { unchanged: async () => relation, removed: none, added: none, groups: undefined }
}

function mapped(change: Omit<Change, 'groups'>, map: (rows: Relation) => Relation): Omit<Change, 'groups'> {
  return {
    unchanged: async () => map(await change.unchanged()),
    removed: async () => map(await change.removed()),
    added: async () => map(await change.added()),
  }
}

const equalitiesOf = (left: Relation, right: Relation, on: Expression | undefined) =>
  equalities(on, new Set(columnsOf(left)), new Set(columnsOf(right)))

const matches = (columns: readonly ColumnId[], { relation }: StagedRows): readonly ColumnMatch[] =>
  same(columns, columnsOf(relation)) as readonly ColumnMatch[]

function withParts(relation: Relation, part: (scan: Scan) => Part): Relation {
  switch (relation.kind) {
    case 'scan':
      return { ...relation, part: part(relation) }
    case 'staged':
    case 'empty':
      return relation
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'window':
    case 'distinct':
      return { ...relation, input: withParts(relation.input, part) }
    case 'matching':
      return { ...relation, input: withParts(relation.input, part), set: withParts(relation.set, part) }
    case 'join':
    case 'set-operation':
      return { ...relation, left: withParts(relation.left, part), right: withParts(relation.right, part) }
    case 'union-all':
      return { ...relation, inputs: relation.inputs.map((input) => withParts(input, part)) }
  }
}

/** Works it out at the first call. */
function once<Value>(work: () => Promise<Value>): () => Promise<Value> {
  let value: Promise<Value> | undefined
  return () => {
    value ??= work()
    return value
  }
}
