import { defineConfig } from 'lake'
import * as assets from '../assets/index.ts'

export default defineConfig({
  assets,
  profiles: {
    default: { lake: '.lake', input: 'data' },
  },
  schedules: [{ name: 'hourly', cron: '5 * * * *', timeZone: 'UTC' }],
})
