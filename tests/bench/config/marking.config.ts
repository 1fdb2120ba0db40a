/**
 * The project with deletion vectors, for measurements: only songplays has large files that small
 * changes touch everywhere.
 */
import { defineConfig } from 'lake'
import * as assets from '../../../assets/index.ts'

export default defineConfig({
  assets: { ...assets, songplays: { ...assets.songplays, deletionVectors: true } },
  profiles: { default: { lake: '.lake/tables', input: '.lake/input' } },
})
