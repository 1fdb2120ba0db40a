/** Restores the variables of the environment after each test file, for the worker’s next one. */
import { afterAll } from 'vitest'

const before = { ...process.env }
afterAll(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
  Object.assign(process.env, before)
})
