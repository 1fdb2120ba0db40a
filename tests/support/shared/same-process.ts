/** Gives each test file the environment that the first one of its process had. */
import { afterAll, vi } from 'vitest'

const before = { ...process.env }

// Registered first, so that it runs after all that the file itself puts back.
afterAll(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
  Object.assign(process.env, before)
})
