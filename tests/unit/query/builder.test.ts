/**
 * The builder makes the nodes on which the reader of queries relies, and gives callbacks the right
 * arguments.
 */
import { bigint, decimal, defineSource, int, type Queries, text, timestamp } from 'lake'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { fn as portable } from '../../../framework/query/builder/fn.ts'
import { FUNCTION_NAMES, functionName } from '../../../framework/query/builder/function-names.ts'
import type { Functions } from '../../../framework/query/builder/types/select.ts'
import { buildQuery, canonicalSql, type QueryBuilder } from '../../../framework/query/query.ts'

const plays = defineSource({
  key: 'plays',
  columns: { id: bigint(), song: text(), seconds: int(), price: decimal(10, 2), at: timestamp() },
})
const songs = defineSource({ key: 'songs', columns: { song: text(), year: int() } })
type Db = Queries<{ plays: typeof plays; songs: typeof songs }>

const treeOf = (query: (db: Db) => Pick<QueryBuilder<unknown>, 'toOperationNode'>) =>
  buildQuery(({ db }) => query(db as unknown as Db))
const sqlOf = (query: (db: Db) => Pick<QueryBuilder<unknown>, 'toOperationNode'>) => canonicalSql(treeOf(query))

/** The expression of the only output. */
const outputOf = (query: (db: Db) => Pick<QueryBuilder<unknown>, 'toOperationNode'>) => {
  const { selections } = treeOf(query) as unknown as { selections: { selection: { node: unknown } }[] }
  return selections[0]?.selection.node as Record<string, unknown>
}

describe('the functions of queries', () => {
  it('exist for every name in the registry', () => {
    const functions = portable as unknown as Record<string, unknown>
    expect(FUNCTION_NAMES.filter((name) => typeof functions[functionName(name)] !== 'function')).toEqual([])
    expect(new Set(FUNCTION_NAMES).size).toBe(FUNCTION_NAMES.length)
  })

  it('are the same object in every callback', () => {
    const seen: unknown[] = []
    const note = ({ fn }: { readonly fn: unknown }) => {
      seen.push(fn)
    }
    treeOf((db) =>
      db
        .with('long', (cte) =>
          cte
            .selectFrom('plays')
            .where((eb) => {
              note(eb)
              return eb('seconds', '>', 100)
            })
            .select('song'),
        )
        .selectFrom('long')
        .innerJoin('songs', (join) =>
          join.on((eb) => {
            note(eb)
            return eb('songs.song', '=', eb.ref('long.song'))
          }),
        )
        .select((eb) => {
          note(eb)
          note(eb.eb)
          return [
            eb
              .selectFrom('plays')
              .select((inner) => {
                note(inner)
                return inner.fn
                  .sum('seconds')
                  .filterWhere((filter) => {
                    note(filter)
                    return filter('seconds', '>', 1)
                  })
                  .as('s')
              })
              .as('total'),
          ]
        })
        .unionAll((eb) => {
          note(eb)
          return eb.selectFrom('plays').select('seconds as total')
        })
        .having(
          (eb) => {
            note(eb)
            return eb.fn.countRows()
          },
          '>',
          1,
        ),
    )
    expect(seen).toHaveLength(8)
    expect(seen.every((fn) => fn === portable)).toBe(true)
  })

  it('are in the tree under their names in the registry, with their arguments', () => {
    expect(outputOf((db) => db.selectFrom('plays').select(({ fn }) => fn.padStart('song', 5, '0').as('x')))).toEqual({
      kind: 'FunctionNode',
      func: 'lake:pad_start',
      arguments: [
        expect.objectContaining({ kind: 'ReferenceNode' }),
        { kind: 'ValueNode', value: 5 },
        { kind: 'ValueNode', value: '0' },
      ],
    })
  })

  it('read a string as a column in a value, and as a constant in an option', () => {
    const sql = sqlOf((db) =>
      db
        .selectFrom('plays as p')
        .select(({ fn, val }) => [
          fn.concat(fn.upper('p.song'), '-', val('song')).as('a'),
          fn.replace('song', 'song', 'x').as('b'),
          fn.coalesce('song', val('none')).as('c'),
          fn.addTo('at', 1, 'day').as('d'),
        ]),
    )
    expect(sql).toBe(
      `select lake:concat(lake:upper("p"."song"), '-', 'song') as "a", lake:replace("song", 'song', 'x') as "b", ` +
        `coalesce("song", 'none') as "c", lake:add_to("at", 1, 'day') as "d" from "plays" as "p"`,
    )
  })

  it('have no node for an argument that the caller leaves out', () => {
    const lengths = [
      outputOf((db) => db.selectFrom('plays').select(({ fn }) => fn.trim('song').as('x'))),
      outputOf((db) => db.selectFrom('plays').select(({ fn }) => fn.trim('song', ' .').as('x'))),
    ].map((node) => (node.arguments as readonly unknown[]).length)
    expect(lengths).toEqual([1, 2])
  })

  it('can be aggregates with distinct, filter, order and window', () => {
    const aggregate = outputOf((db) =>
      db
        .selectFrom('plays')
        .select(({ fn }) => fn.stringAgg('song', ', ').orderBy('at', 'desc').filterWhere('seconds', '>', 30).as('x')),
    )
    expect(aggregate).toMatchObject({
      kind: 'AggregateFunctionNode',
      func: 'lake:string_agg',
      aggregated: [{ kind: 'ReferenceNode' }, { kind: 'ValueNode', value: ', ' }],
      orderBy: { kind: 'OrderByNode' },
      filter: { kind: 'WhereNode' },
    })
    const counted = outputOf((db) =>
      db.selectFrom('plays').select(({ fn }) => fn.countRows().filterWhere('seconds', '>', 30).as('x')),
    )
    expect(counted).toMatchObject({
      kind: 'AggregateFunctionNode',
      func: 'lake:count_rows',
      filter: { kind: 'WhereNode' },
    })
    const distinct = outputOf((db) => db.selectFrom('plays').select(({ fn }) => fn.sum('seconds').distinct().as('x')))
    expect(distinct).toMatchObject({ kind: 'AggregateFunctionNode', func: 'sum', distinct: true })
  })

  it('can have windows with frames', () => {
    const framed = outputOf((db) =>
      db.selectFrom('plays').select(({ fn }) =>
        fn
          .sum('seconds')
          .over((over) => over.rows(null, -1).partitionBy('song').orderBy('at'))
          .as('x'),
      ),
    )
    expect(framed).toMatchObject({
      kind: 'FunctionNode',
      func: 'lake:frame',
      arguments: [
        { kind: 'AggregateFunctionNode', func: 'sum', over: { partitionBy: {}, orderBy: {} } },
        { kind: 'ValueNode', value: 'rows' },
        { kind: 'ValueNode', value: null },
        { kind: 'ValueNode', value: -1 },
      ],
    })
    const whole = outputOf((db) => db.selectFrom('plays').select(({ fn }) => fn.sum('seconds').over().as('x')))
    expect(whole).toMatchObject({ kind: 'AggregateFunctionNode', func: 'sum', over: { kind: 'OverNode' } })
  })

  it('include raw SQL with its type', () => {
    const raw = (type: Parameters<Functions<never>['sqlFor']>[1]['type']) =>
      outputOf((db) =>
        db
          .selectFrom('plays')
          .select(({ fn }) => fn.sqlFor({ duckdb: 'a($1)', spark: 'b($1)' }, { type, args: ['song', 2] }).as('x')),
      )
    const values = (node: Record<string, unknown>) =>
      (node.arguments as readonly { readonly value?: unknown }[]).map(({ value }) => value)
    expect(raw(decimal(10, 2).nullable()).func).toBe('lake:sql_for')
    expect(values(raw(decimal(10, 2).nullable()))).toEqual(['a($1)', 'b($1)', 'decimal(10,2)', true, undefined, 2])
    expect(values(raw(text().min(1)))).toEqual(['a($1)', 'b($1)', 'text', false, undefined, 2])
    expect(() => raw(z.array(z.string()))).toThrow('needs a type of the lake')
  })
})

describe('a query', () => {
  it('is a new object after each change; the earlier object stays unchanged', () => {
    treeOf((db) => {
      const all = db.selectFrom('plays').select('id')
      const long = all.where('seconds', '>', 100)
      expect(canonicalSql(all.toOperationNode() as never)).toBe('select "id" from "plays"')
      expect(canonicalSql(long.toOperationNode() as never)).toBe('select "id" from "plays" where "seconds" > 100')
      return all
    })
  })

  it('supports $call and $if', () => {
    const sql = sqlOf((db) =>
      db
        .selectFrom('plays')
        .select('id')
        .$call((query) => query.where('seconds', '>', 1))
        .$if(false, (query) => query.limit(1))
        .$if(true, (query) => query.limit(2)),
    )
    expect(sql).toBe('select "id" from "plays" where "seconds" > 1 limit 2')
  })

  it('can be used in conditions, in FROM and in set operations', () => {
    const sql = sqlOf((db) =>
      db
        .selectFrom(db.selectFrom('songs').select('song').as('s'))
        .where('song', 'in', db.selectFrom('plays').select('song'))
        .where(({ not, exists, selectFrom }) =>
          not(exists(selectFrom('plays').whereRef('plays.song', '=', 's.song').selectAll())),
        )
        .select('song')
        .except(db.selectFrom('plays').select('song')),
    )
    expect(sql).toBe(
      'select "song" from (select "song" from "songs") as "s" where "song" in (select "song" from "plays") ' +
        'and not (exists (select * from "plays" where "plays"."song" = "s"."song")) except select "song" from "plays"',
    )
  })
})
