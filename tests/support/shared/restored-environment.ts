/**
 * Restores the environment variables after each test file, because the worker runs other files
 * after it.
 */
import { afterAll } from 'vitest'

const before = { ...process.env }
afterAll(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
  Object.assign(process.env, before)
})
