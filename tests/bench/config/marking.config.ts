/**
 * The project with deletion vectors, for measurements. Only songplays has large files of which
 * small changes affect all parts.
 */
import { defineConfig } from 'lake'
import * as assets from '../../../assets/index.ts'

export default defineConfig({
  assets: { ...assets, songplays: { ...assets.songplays, deletionVectors: true } },
  profiles: { default: { lake: '.lake/tables', input: '.lake/input' } },
})
