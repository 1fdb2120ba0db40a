// TPC-H at any scale: node tests/bench/tpch.mjs [SCALE]. Every table is compared with what DuckDB's own queries give, before and after changes.
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'

const lake = fileURLToPath(new URL('../../framework/index.ts', import.meta.url))
const jiti = createJiti(import.meta.url, { alias: { lake } })
const { tpchAtScale } = await jiti.import('../support/tpch/at-scale.ts')
process.exitCode = (await tpchAtScale(Number(process.argv[2] ?? '1'))) ? 0 : 1
