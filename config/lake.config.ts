/** Where the lake and its files are, by profile, and when it is refreshed. */
import { defineConfig } from 'lake'
import * as assets from '../assets/index.ts'

export default defineConfig({
  assets,
  profiles: {
    default: { lake: '.lake/tables', input: '.lake/input' },
    demo: { lake: '.lake/demo/tables', input: '.lake/demo/input' },
    // The cloud on a laptop: npm run emr-local -- materialize
    'emr-local': { lake: 's3://lake/tables', input: 's3://lake/input', engine: { kind: 'emr' } },
  },
  schedules: [
    { name: 'hourly', cron: '5 * * * *', timeZone: 'UTC' },
    { name: 'daily-full', cron: '30 3 * * *', timeZone: 'UTC', full: true },
  ],
})
