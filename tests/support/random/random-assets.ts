/** Random projects: their assets, edits and expected rows. */
import fc from 'fast-check'
import { type Asset, bigint, byKey, byPartition, defineAsset, defineSource } from 'lake'
import type { QueryRow } from '../../../framework/declare/columns.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { type QuerySpec, randomQuery, selectOf } from './random-query.ts'

const cell = () => bigint().nullable()
const LEFT = { id: bigint(), x: cell(), y: cell(), z: cell() }
const RIGHT = { id: bigint(), x: cell(), y: cell(), w: cell() }
const leftSource = defineSource({ key: 'left_source', columns: LEFT })
const rightSource = defineSource({ key: 'right_source', columns: RIGHT })

/** A random project. Its numbers choose among the existing items, modulo their count. */
export interface AssetsSpec {
  /**
   * How the query of the table `shaped` combines the two sources, and how the table follows them.
   */
  readonly shape: ShapeName
  readonly least: number
  readonly byPartition: boolean
  /** A query of any kind over `shaped` and the right source. */
  readonly free: QuerySpec
  /** The output by which `free` is incremental. Null if each run rebuilds it. */
  readonly freeBy: number | null
  readonly freeIsPartitioned: boolean
}

export const randomAssets: fc.Arbitrary<AssetsSpec> = fc.record({
  shape: fc.nat().map((choice) => SHAPE_NAMES[choice % SHAPE_NAMES.length] ?? 'filtered'),
  least: fc.integer({ min: 0, max: 2 }),
  byPartition: fc.boolean(),
  free: randomQuery,
  freeBy: fc.option(fc.nat({ max: 3 }), { freq: 5 }),
  freeIsPartitioned: fc.boolean(),
})

type Query = Parameters<
  typeof defineAsset<typeof LEFT, { a: typeof leftSource; b: typeof rightSource }, Row>
>[0]['query']
type Row = QueryRow<typeof LEFT>
type Context = Parameters<Query>[0]

/** One row of the right source for each x: the row with the greatest y, then the greatest id. */
const bestByX = ({ db }: Context) =>
  db
    .selectFrom(
      db
        .selectFrom('b')
        .selectAll()
        .select(({ fn }) =>
          fn
            .rowNumber()
            .over((over) => over.partitionBy('x').orderBy('y', 'desc').orderBy('id', 'desc'))
            .as('place'),
        )
        .as('ranked'),
    )
    .where('place', '=', 1n)
    .select(['id', 'x', 'y', 'w'])

/** Queries of `shaped`. Each has the columns of the left source. `key` identifies its rows. */
const SHAPES = {
  filtered: {
    by: 'id',
    query:
      (least: number) =>
      ({ db }: Context) =>
        db.selectFrom('a').where('x', '>=', BigInt(least)).select(['id', 'x', 'y', 'z']),
  },
  matched: {
    by: 'id',
    query: () => (context: Context) =>
      context.db
        .selectFrom('a')
        .leftJoin(bestByX(context).as('best'), 'best.x', 'a.x')
        .select(['a.id', 'a.x', 'best.y', 'best.id as z']),
  },
  joined: {
    by: 'id',
    query: () => (context: Context) =>
      context.db
        .selectFrom('a')
        .innerJoin(bestByX(context).as('best'), 'best.x', 'a.y')
        .select(['a.id', 'a.x', 'best.w as y', 'best.id as z']),
  },
  counted: {
    by: 'id',
    query:
      (least: number) =>
      ({ db }: Context) =>
        db
          .selectFrom('a')
          .leftJoin(
            db
              .selectFrom('b')
              .groupBy('y')
              .having(({ fn }) => fn.countAll(), '>', BigInt(least))
              .select(({ fn }) => ['y', fn.countRows().as('rows'), fn.max('w').as('greatest')])
              .as('counts'),
            'counts.y',
            'a.z',
          )
          .select(['a.id', 'a.x', 'counts.greatest as y', 'counts.rows as z']),
  },
  latest: {
    by: 'x',
    query:
      () =>
      ({ db }: Context) =>
        db
          .selectFrom(
            db
              .selectFrom('a')
              .selectAll()
              .select(({ fn }) =>
                fn
                  .rowNumber()
                  .over((over) => over.partitionBy('x').orderBy('id', 'desc'))
                  .as('place'),
              )
              .as('ranked'),
          )
          .where('place', '=', 1n)
          .select(['id', 'x', 'y', 'z']),
  },
  either: {
    by: 'id',
    query:
      (least: number) =>
      ({ db }: Context) =>
        db
          .selectFrom('a')
          .where('x', '=', BigInt(least))
          .select(['id', 'x', 'y', 'z'])
          .union(db.selectFrom('a').where('y', '=', BigInt(least)).select(['id', 'x', 'y', 'z'])),
  },
  grouped: {
    by: 'id',
    query:
      () =>
      ({ db }: Context) =>
        db
          .selectFrom('a')
          .innerJoin('b', 'b.x', 'a.x')
          .groupBy(['a.id', 'a.x'])
          .select(({ fn }) => ['a.id', 'a.x', fn.min('b.y').as('y'), fn.countDistinct('b.w').as('z')]),
  },
} as const

type ShapeName = keyof typeof SHAPES
const SHAPE_NAMES = Object.keys(SHAPES) as readonly ShapeName[]

/**
 * The sources, `shaped` and `free`. If lake refuses the increments of a table, the table is
 * declared without them.
 */
export function assetsOf(spec: AssetsSpec): readonly Asset[] {
  const sources = [leftSource, rightSource]
  const shaped = firstAccepted(sources, shapedTables(spec))
  return [...sources, shaped, firstAccepted([...sources, shaped], freeTables(spec, shaped))]
}

function shapedTables({ shape, least, byPartition: partitioned }: AssetsSpec): readonly Asset[] {
  const { by, query } = SHAPES[shape]
  const table = {
    ...{ key: 'shaped', columns: LEFT, primaryKey: ['id'] as const },
    ...{ upstream: { a: leftSource, b: rightSource }, query: query(least) as unknown as Query },
  }
  const kept = defineAsset({ ...table, incremental: byKey(by) })
  return partitioned ? [defineAsset({ ...table, partitionBy: ['x'], incremental: byPartition() }), kept] : [kept]
}

function freeTables({ free, freeBy, freeIsPartitioned }: AssetsSpec, shaped: Asset): readonly Asset[] {
  const names = namesOf(free)
  const columns = Object.fromEntries(names.map((name) => [name, cell()]))
  const query = ({ db }: { readonly db: unknown }) => selectOf(free, db)
  const table = { key: 'free', columns, upstream: { a: shaped, b: rightSource }, query } as never as Parameters<
    typeof defineAsset
  >[0]
  const rebuilt = defineAsset(table)
  const by = freeBy === null ? undefined : names[freeBy % names.length]
  if (by === undefined) return [rebuilt]
  const partition = { partitionBy: [by], incremental: byPartition() } as never
  const partitioned = names.length > 1 ? [defineAsset({ ...table, ...(partition as object) } as never) as Asset] : []
  const keyed = defineAsset({ ...table, incremental: byKey(by) } as never) as Asset
  return [...(freeIsPartitioned ? partitioned : []), keyed, rebuilt]
}

/** The outputs of the query. The last step of a random query selects them. */
const namesOf = (spec: QuerySpec): readonly string[] => {
  if (spec.kind !== 'narrowed') throw new Error('a random query is narrowed last')
  return ['y', 'x', 'w', 'z', 'id'].slice(0, spec.pick.length)
}

function firstAccepted(others: readonly Asset[], choices: readonly Asset[]): Asset {
  const accepted = choices.find((choice) => buildGraph([...others, choice]).kind === 'graph')
  if (!accepted) throw new Error(JSON.stringify(buildGraph([...others, ...choices.slice(-1)])))
  return accepted
}
