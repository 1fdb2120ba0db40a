import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))
const resolve = { alias: { lake: `${root}framework/index.ts` } }
const slow = { testTimeout: 120_000, hookTimeout: 120_000 }

/** `unit` needs no build and no engine; the others run the built program, the embedded engine or both. */
export default defineConfig({
  root,
  test: {
    projects: [
      { resolve, test: { root, name: 'unit', include: ['tests/unit/**/*.test.{ts,tsx}'], testTimeout: 60_000 } },
      { resolve, test: { root, name: 'assets', include: ['tests/assets/**/*.test.ts'], ...slow } },
      { resolve, test: { root, name: 'contract', include: ['tests/contract/**/*.test.ts'], ...slow } },
      { resolve, test: { root, name: 'scenarios', include: ['tests/scenarios/**/*.test.ts'], ...slow } },
    ],
  },
})
