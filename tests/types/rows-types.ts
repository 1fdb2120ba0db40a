/**
 * Proofs for the compiler about rows from code: each line below `@ts-expect-error` must not
 * compile.
 */
import { array, bigint, decimal, defineAsset, defineSource, int, type RowOf, struct, text, timestamp } from 'lake'
import { type Equal, proof } from './proof.ts'

const columns = {
  id: bigint(),
  amount: decimal(12, 2),
  note: text().nullable(),
  at: timestamp(),
  lines: array(struct({ sku: text(), size: bigint().nullable() })),
}

export const orders = defineSource({
  key: 'orders',
  columns,
  primaryKey: ['id'],
  mode: 'upsert',
  cursor: struct({ page: int(), since: text() }),
  async *rows({ cursor, signal }) {
    const page: number = cursor?.page ?? 0
    await fetch('http://localhost', { signal })
    yield { rows: [{ id: 1, amount: '1.50', at: new Date(), lines: [{ sku: 'a' }] }], cursor: { page, since: '' } }
    yield { rows: [{ id: 1n, amount: '1.50', at: '2018-11-01T00:00:00Z', note: null, lines: [] }] }
    yield { deleted: [{ id: 1 }] }
  },
})

interface Order {
  id: bigint
  amount: string
  note: string | null
  at: Date
  lines: { sku: string; size: bigint | null }[]
}
proof<Equal<RowOf<typeof orders>, { [Name in keyof Order]: Order[Name] }>>()

export const noFile = defineAsset({
  key: 'no_file',
  columns: { id: bigint() },
  upstream: { orders },
  // @ts-expect-error rows from code have no column `_line`
  query: ({ db }) => db.selectFrom('orders').select(['_line as id']),
})

export const wrongType = defineSource({
  key: 'wrong_type',
  columns: { id: bigint() },
  mode: 'append',
  // @ts-expect-error id is no text
  async *rows() {
    yield { rows: [{ id: 'one' }] }
  },
})

export const missingColumn = defineSource({
  key: 'missing_column',
  columns: { id: bigint(), name: text() },
  mode: 'append',
  // @ts-expect-error name is missing
  async *rows() {
    yield { rows: [{ id: 1 }] }
  },
})

export const wrongKey = defineSource({
  key: 'wrong_key',
  columns: { id: bigint(), name: text() },
  mode: 'upsert',
  // @ts-expect-error ident is no column
  primaryKey: ['ident'],
  async *rows() {
    yield { rows: [] }
  },
})

export const wrongCursor = defineSource({
  key: 'wrong_cursor',
  columns: { id: bigint() },
  mode: 'append',
  cursor: text(),
  // @ts-expect-error the cursor is text
  async *rows() {
    yield { rows: [{ id: 1 }], cursor: 5 }
  },
})

// @ts-expect-error the mode has no default
export const noMode = defineSource({
  key: 'no_mode',
  columns: { id: bigint() },
  async *rows() {
    yield { rows: [{ id: 1 }] }
  },
})
