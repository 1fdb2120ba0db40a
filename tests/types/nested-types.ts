/**
 * Proofs for the compiler: the types of bytes, arrays and structs in queries. Each line below
 * `@ts-expect-error` must not compile.
 */
import {
  array,
  bigint,
  binary,
  defineAsset,
  defineSource,
  int,
  map,
  type Queries,
  type RowOf,
  struct,
  text,
} from 'lake'
import type { Bigint, Binary, Bool, Int, Text } from '../../framework/query/builder/types/kinds.ts'
import { type Equal, type OutputOf, proof } from './proof.ts'

const orders = defineSource({
  key: 'orders',
  columns: {
    id: bigint(),
    name: text(),
    tags: array(text()).from('user-tags'),
    marks: array(int().nullable()).nullable(),
    place: struct({ city: text(), zip: text().nullable() }).from('$.address').nullable(),
    items: array(struct({ sku: text(), count: int() })),
    counts: map(text(), int()).nullable().from('word-counts'),
    cover: binary().nullable(),
    pages: array(binary('base64')),
  },
})

// @ts-expect-error the path of a file holds no array
array(text()).fromPath('tags')

// In programs, the values are JavaScript arrays and objects.
proof<Equal<RowOf<typeof orders>['tags'], string[]>>()
proof<Equal<RowOf<typeof orders>['marks'], (number | null)[] | null>>()
proof<Equal<RowOf<typeof orders>['items'], { sku: string; count: number }[]>>()
proof<Equal<RowOf<typeof orders>['place'], { city: string; zip: string | null } | null>>()
proof<Equal<RowOf<typeof orders>['counts'], Record<string, number> | null>>()
proof<Equal<RowOf<typeof orders>['cover'], Uint8Array | null>>()

/** Never called: only the compiler reads it. */
export function proofs(db: Queries<{ orders: typeof orders }>) {
  const plain = db
    .selectFrom('orders')
    .select(({ fn }) => [
      fn.element('tags', 1).as('element'),
      fn.arrayLength('marks').as('length'),
      fn.arrayContains('tags', 'x').as('contains'),
      fn.field('place', 'city').as('city'),
      fn.field(fn.struct({ a: 'id' }), 'a').as('a'),
      fn.arrayJoin(fn.split('name', ' '), '-').as('joined'),
    ])
  proof<
    Equal<
      OutputOf<typeof plain>,
      { element: Text | null; length: Int | null; contains: Bool; city: Text | null; a: Bigint; joined: Text }
    >
  >()
  const bytes = db
    .selectFrom('orders')
    .where('cover', '=', new Uint8Array())
    .where('cover', 'in', [Buffer.from('a'), new Uint8Array()])
    .select(({ fn, val }) => [
      fn.octetLength('cover').as('size'),
      fn.coalesce('cover', fn.toBinary('name'), val(new Uint8Array())).as('some'),
      fn.toHex(fn.element('pages', 1)).as('hex'),
      fn.md5('cover').as('hash'),
      fn.max('cover').as('greatest'),
    ])
  proof<
    Equal<
      OutputOf<typeof bytes>,
      { size: Int | null; some: Binary; hex: Text | null; hash: Text | null; greatest: Binary | null }
    >
  >()
  // @ts-expect-error bytes do not compare with text
  db.selectFrom('orders').where('cover', '=', 'QQ==')
  // @ts-expect-error bytes do not compare with a column of text
  db.selectFrom('orders').whereRef('cover', '=', 'name')
  // @ts-expect-error bytes are no text
  db.selectFrom('orders').select(({ fn }) => fn.length('cover').as('length'))
  // @ts-expect-error text is no bytes
  db.selectFrom('orders').select(({ fn }) => fn.toHex('name').as('hex'))
  // @ts-expect-error bytes and text have no common type
  db.selectFrom('orders').select(({ fn, val }) => fn.coalesce('cover', val('a')).as('some'))
  const each = db.selectFrom('orders').select(({ fn }) => ['id', fn.unnest('items').as('item')])
  const fields = db.selectFrom(each.as('each')).select(({ fn }) => [fn.field('item', 'count').as('count')])
  proof<Equal<OutputOf<typeof fields>, { count: Int }>>()
  const marks = db.selectFrom('orders').select(({ fn }) => fn.unnest('marks').as('mark'))
  proof<Equal<OutputOf<typeof marks>, { mark: Int | null }>>()
  // @ts-expect-error place has no field `town`
  db.selectFrom('orders').select(({ fn }) => fn.field('place', 'town').as('x'))
  // @ts-expect-error name is text: an array is needed
  db.selectFrom('orders').select(({ fn }) => fn.arrayLength('name').as('x'))
  // @ts-expect-error the elements are text, not int
  db.selectFrom('orders').select(({ fn }) => fn.arrayContains('tags', 1).as('x'))
  // @ts-expect-error marks has no texts to join
  db.selectFrom('orders').select(({ fn }) => fn.arrayJoin('marks', ',').as('x'))
  // @ts-expect-error a row for each element is no value
  db.selectFrom('orders').select(({ fn }) => fn.arrayLength(fn.unnest('items')).as('x'))
}

const options = { key: 'x', upstream: { orders } } as const

export const lists = defineAsset({
  ...options,
  columns: { name: text(), ids: array(bigint()), items: array(struct({ id: bigint(), name: text() })) },
  query: ({ db }) =>
    db
      .selectFrom('orders')
      .groupBy('name')
      .select(({ fn }) => [
        'name',
        fn.list('id').orderBy('name').as('ids'),
        fn.list(fn.struct({ id: 'id', name: 'name' })).as('items'),
      ]),
})

export const nullElements = defineAsset({
  ...options,
  columns: { marks: array(int()).nullable() },
  // @ts-expect-error elements of marks can be null
  query: ({ db }) => db.selectFrom('orders').select('marks'),
})

export const otherElements = defineAsset({
  ...options,
  columns: { tags: array(int()) },
  // @ts-expect-error the elements are text
  query: ({ db }) => db.selectFrom('orders').select('tags'),
})
