// TPC-H at any scale: node tests/bench/tpch.mjs [SCALE]. Every table is compared with what DuckDB's own queries give, before and after changes.
// node tests/bench/tpch.mjs SCALE increments: what small changes take against rebuilds of the same tables, and which of the two lake chooses.
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'

const lake = fileURLToPath(new URL('../../framework/index.ts', import.meta.url))
const jiti = createJiti(import.meta.url, { alias: { lake } })
const { tpchAtScale } = await jiti.import('../support/tpch/at-scale.ts')
const { tpchIncrementsAtScale } = await jiti.import('../support/tpch/increments-at-scale.ts')
const [scale = '1', what] = process.argv.slice(2)
const isRight = await (what === 'increments' ? tpchIncrementsAtScale : tpchAtScale)(Number(scale))
process.exitCode = isRight ? 0 : 1
