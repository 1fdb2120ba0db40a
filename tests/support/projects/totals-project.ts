/** A project with a source of lines, an incremental table of their sums, and a table over these. */

/** The parts of the config that a test changes. Each is TypeScript text. */
export interface TotalsConfig {
  readonly imports?: string
  /** Additional settings of the source `lines`. */
  readonly source?: string
  /** The declaration of the third asset. Default: `large`, the totals above 10. */
  readonly third?: string
  /** Additional settings of the config. */
  readonly settings?: string
}

const LARGE = `
  key: 'large', columns: { name: text(), total: bigint() }, primaryKey: ['name'], upstream: { totals },
  query: ({ db }) => db.selectFrom('totals').select(['name', 'total']).where('total', '>', 10),`

export const totalsConfig = ({
  imports = '',
  source = '',
  third = LARGE,
  settings = '',
}: TotalsConfig = {}): string => `
${imports}
import { bigint, byKey, defineAsset, defineConfig, defineSource, text } from 'lake'
const lines = defineSource({ key: 'lines', columns: { name: text(), amount: bigint() }, ${source} })
const totals = defineAsset({
  key: 'totals', columns: { name: text(), total: bigint() }, primaryKey: ['name'], incremental: byKey('name'),
  upstream: { lines },
  query: ({ db }) => db.selectFrom('lines').groupBy('name')
    .select(({ fn }) => ['name', fn.sum('amount').as('total')]),
})
const third = defineAsset({ ${third} })
export default defineConfig({
  assets: [lines, totals, third],
  profiles: { default: { lake: 'tables', input: 'input' } }, ${settings}
})`

/** The rows of `lines`, `totals` and `large`, in order, for `lake query`. */
export const TOTALS_ROWS = `
  select 'lines' as key, name, amount from lines union all select 'totals', * from totals
  union all select 'large', * from large order by all`

/** A line of the source. */
export const totalsLine = (name: string, amount: number): string => `${JSON.stringify({ name, amount })}\n`
