/** How the tests run: which there are, side by side as far as the machine goes. */
import { availableParallelism, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))
const resolve = { alias: { lake: `${root}framework/index.ts` } }

/** A file waits for the processes that it starts, so there are more at once than cores. Each may have a Spark up. */
const BYTES_OF_A_FILE = 4 * 1024 ** 3
const maxWorkers = Math.max(
  1,
  Math.min(Math.ceil(availableParallelism() * 1.5), Math.floor(totalmem() / BYTES_OF_A_FILE)),
)
const UNIT = ['tests/unit/**/*.test.{ts,tsx}']
const slow = { testTimeout: 240_000, hookTimeout: 240_000 }

/** `unit` needs no build and no engine; the others run the built program, the embedded engine or both. */
export default defineConfig({
  root,
  test: {
    maxWorkers,
    projects: [
      // Modules are loaded once for all files of a worker: no test leaves anything behind in them.
      { resolve, test: { root, name: 'unit', include: UNIT, testTimeout: 60_000, isolate: false } },
      { resolve, test: { root, name: 'assets', include: ['tests/assets/**/*.test.ts'], ...slow } },
      { resolve, test: { root, name: 'contract', include: ['tests/contract/**/*.test.ts'], ...slow } },
      { resolve, test: { root, name: 'scenarios', include: ['tests/scenarios/**/*.test.ts'], ...slow } },
    ],
  },
})
