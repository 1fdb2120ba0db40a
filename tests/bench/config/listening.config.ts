/** The project with hooks and lineage, for measurements. */
import { defineConfig, env, openLineage, webhook } from 'lake'
import * as assets from '../../../assets/index.ts'

const url = env('BENCH_RECEIVER')

export default defineConfig({
  assets,
  profiles: { default: { lake: '.lake/tables', input: '.lake/input' } },
  hooks: [webhook({ url, on: ['run-finished', 'asset-failed', 'check-failed'] }), { onRunFinished: () => undefined }],
  lineage: openLineage({ url }),
})
