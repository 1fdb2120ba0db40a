/** Assets with bytes, arrays, structs and maps, and lines with values at the edges of these. */
import {
  array,
  bigint,
  binary,
  byKey,
  date,
  decimal,
  defineAsset,
  defineSource,
  double,
  int,
  map,
  struct,
  text,
  timestamp,
} from 'lake'

export const orders = defineSource({
  key: 'orders',
  maxRejected: 1,
  columns: {
    id: text(),
    tags: array(text()).nullable(),
    scores: array(double({ special: true }).nullable()).nullable(),
    address: struct({ city: text(), zip: text().nullable(), since: timestamp().nullable() }).nullable(),
    items: array(struct({ sku: text().nullable(), qty: int().nullable(), price: decimal(10, 2).nullable() })),
    days: array(array(date().nullable()).nullable()).nullable(),
    counts: map(text(), int().nullable()).nullable(),
    marks: map(int(), map(date(), array(struct({ at: timestamp().nullable(), score: double() })))).nullable(),
    cover: binary().nullable(),
    pages: array(binary().nullable()).nullable(),
    sealed: struct({ seal: binary(), by: map(text(), binary().nullable()).nullable() }).nullable(),
  },
})

export const lines = defineAsset({
  key: 'lines',
  description: 'Each item of each order.',
  columns: { order_id: text(), sku: text().nullable(), qty: int().nullable(), price: decimal(10, 2).nullable() },
  incremental: byKey('order_id'),
  upstream: { orders },
  query: ({ db }) => {
    const each = db.selectFrom('orders').select(({ fn }) => ['id', fn.unnest('items').as('item')])
    return db
      .selectFrom(each.as('each'))
      .select(({ fn }) => [
        'id as order_id',
        fn.field('item', 'sku').as('sku'),
        fn.field('item', 'qty').as('qty'),
        fn.field('item', 'price').as('price'),
      ])
  },
})

export const skus = defineAsset({
  key: 'skus',
  description: 'The orders of each item.',
  columns: {
    sku: text(),
    quantity: bigint().nullable(),
    orders: array(text()),
    parts: array(struct({ order: text(), qty: int().nullable() })),
    by_order: map(text(), int().nullable()),
  },
  primaryKey: ['sku'],
  incremental: byKey('sku'),
  upstream: { lines },
  query: ({ db }) =>
    db
      .selectFrom('lines')
      .groupBy('sku')
      .where('sku', 'is not', null)
      .select(({ fn }) => [
        fn.coalesce('sku', fn.concat('')).as('sku'),
        fn.sum('qty').as('quantity'),
        fn.list('order_id').orderBy('qty').as('orders'),
        fn.list(fn.struct({ order: 'order_id', qty: 'qty' })).as('parts'),
        fn.mapFromEntries(fn.list(fn.struct({ key: 'order_id', value: 'qty' })).orderBy('qty')).as('by_order'),
      ]),
})

export const covers = defineAsset({
  key: 'covers',
  description: 'The orders of each cover but one, beside orders with a page like it.',
  columns: { cover: binary().nullable(), orders: bigint(), greatest: binary().nullable(), alike: bigint() },
  incremental: byKey('cover'),
  upstream: { orders },
  query: ({ db }) => {
    const pages = db.selectFrom('orders').select(({ fn }) => ['id', fn.unnest('pages').as('page')])
    return db
      .selectFrom('orders')
      .leftJoin(pages.as('pages'), 'page', 'cover')
      .where('cover', 'is distinct from', new Uint8Array([0, 254]))
      .groupBy('cover')
      .select(({ fn }) => [
        'cover',
        fn.countRows().as('orders'),
        fn.max(fn.field('sealed', 'seal')).as('greatest'),
        fn.count('page').as('alike'),
      ])
  },
})

/**
 * A table with nested columns. One of them is copied from each row, and the others are computed.
 */
export const copies = defineAsset({
  key: 'copies',
  columns: {
    id: text(),
    tags: array(text()).nullable(),
    scores: array(double().nullable()).nullable(),
    address: struct({ city: text(), zip: text().nullable(), since: timestamp().nullable() }).nullable(),
    items: array(struct({ sku: text().nullable(), qty: int().nullable(), price: decimal(10, 2).nullable() })),
    days: array(array(date().nullable()).nullable()).nullable(),
    counts: map(text(), int().nullable()).nullable(),
    marks: map(int(), map(date(), array(struct({ at: timestamp().nullable(), score: double() })))).nullable(),
    cover: binary().nullable(),
    pages: array(binary().nullable()).nullable(),
    sealed: struct({ seal: binary(), by: map(text(), binary().nullable()).nullable() }).nullable(),
    shown: text().nullable(),
    copied: binary().nullable(),
    hash: binary().nullable(),
    digest: text().nullable(),
    size: int().nullable(),
    whole: binary(),
    b: int().nullable(),
    tagged: map(text(), double().nullable()).nullable(),
    first_marks: array(date()).nullable(),
    city: text().nullable(),
    first: text().nullable(),
    words: array(text()),
    halves: array(double().nullable()),
    place: struct({ city: text().nullable(), many: int().nullable() }),
    rank: bigint(),
  },
  primaryKey: ['id'],
  incremental: byKey('id'),
  upstream: { orders },
  query: ({ db }) =>
    db.selectFrom('orders').select(({ fn, eb }) => [
      ...(['id', 'tags', 'scores', 'address', 'items', 'days', 'counts', 'marks', 'cover', 'pages', 'sealed'] as const),
      fn.toHex('cover').as('shown'),
      fn.fromBase64(fn.toBase64('cover')).as('copied'),
      fn.fromHex(fn.sha256(fn.field('sealed', 'seal'))).as('hash'),
      fn.sha256(fn.field('sealed', 'seal')).as('digest'),
      fn.octetLength(fn.element('pages', 1)).as('size'),
      fn.coalesce('cover', fn.toBinary(fn.field('address', 'city')), eb.val(new Uint8Array([255]))).as('whole'),
      fn.mapElement('counts', 'b').as('b'),
      fn.map({ z: fn.element('scores', 1), a: fn.negate(fn.element('scores', 3)) }).as('tagged'),
      fn.mapKeys(fn.mapElement('marks', 1)).as('first_marks'),
      fn.field('address', 'city').as('city'),
      fn.element('tags', 1).as('first'),
      fn.split('id', '-').as('words'),
      fn.array(eb(fn.element('scores', 1), '*', -0.5), eb.val(0)).as('halves'),
      fn.struct({ city: fn.field('address', 'city'), many: fn.arrayLength('tags') }).as('place'),
      // Nested columns break ties too.
      fn
        .rowNumber()
        .over((over) => over.partitionBy('id').orderBy(fn.field('address', 'zip')))
        .as('rank'),
    ]),
})

export const order = (id: string, fields: object = {}) => ({
  ...{ id, tags: ['x', 'y'], scores: [1.5, null, 0], address: { city: 'Lyon', zip: null, since: null } },
  ...{ items: [{ sku: 'p', qty: 2, price: 1.2 }], days: [['2020-02-29', null], null, []] },
  ...{ counts: { b: 1, a: null }, marks: { 10: {}, 9: { '2020-02-29': [{ at: null, score: 0.5 }] } } },
  ...{ cover: 'AP+A', pages: ['QQ==', null], sealed: { seal: 'gA==', by: { b: '/w==', a: null } } },
  ...fields,
})

/** Nested values that are nearly the same. Each belongs to an order of its own. */
export const VARIANTS: readonly object[] = [
  ...[null, [], [''], ['', ''], ['x'], ['x', 'y'], ['y', 'x'], ['xy'], ['x'.repeat(2000)]].map((tags) => ({ tags })),
  ...[
    null,
    [],
    [null],
    [null, null],
    [1, null],
    [null, 1],
    [1],
    [1, 2],
    [2, 1],
    [-0.0, 1e300, -5e-324],
    ['NaN', 'Infinity', '-Infinity'],
  ].map((scores) => ({
    scores,
  })),
  { address: null },
  { address: { city: '', zip: '', since: '0001-01-01T00:00:00Z' } },
  { address: { city: '', zip: null, since: '9999-12-31T23:59:59.999999Z' } },
  { address: { city: 'Lyon', zip: 'Lyon', since: null } },
  ...[
    [],
    [{}],
    [{}, {}],
    [{ sku: 'q' }],
    [{ sku: 'q' }, { qty: 1 }],
    [{ sku: 'q', qty: 1 }],
    [{ qty: 1 }, { sku: 'q' }],
  ].map((items) => ({ items })),
  { items: [{ price: 99999999.99 }, { price: -0.01 }] },
  ...[null, [], [[]], [null], [[null]], [[], []], [['2020-01-01'], []], [[], ['2020-01-01']], [['2020-01-01']]].map(
    (days) => ({ days }),
  ),
  ...[
    null,
    {},
    { '': 1 },
    { a: null },
    { b: 1 },
    { b: 1, a: 2 },
    { a: 1, b: 2 },
    { '😀': 1, '\uffff': 2, a: null },
  ].map((counts) => ({ counts })),
  ...[
    null,
    {},
    { 1: {} },
    { 1: { '2020-01-01': [] } },
    { 1: {}, '-1': {} },
    { 1: { '2020-01-01': [{ score: -0.0 }] } },
  ].map((marks) => ({ marks })),
  ...[null, '', 'AA==', 'AAA=', 'AP4=', 'AP8=', 'fw==', 'gA==', '/w==', 'QQ=='].map((cover) => ({ cover })),
  ...[null, [], [null], [''], ['', ''], ['QQ=='], ['QQ==', 'Qg=='], ['QUI=']].map((pages) => ({ pages })),
  ...[null, { seal: '' }, { seal: '', by: {} }, { seal: 'AA==', by: { a: '' } }, { seal: 'AA==', by: { a: null } }].map(
    (sealed) => ({ sealed }),
  ),
]

export const ordersOf = (variants: readonly object[]) =>
  variants.map((fields, index) => order(`o-${String(index).padStart(3, '0')}`, fields))
