/** The generated documents agree with the code from which they are made. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../../support/reference/documented.ts'
import { REFERENCE } from '../../support/reference/reference.ts'

it.each(Object.entries(REFERENCE))('%s is current: `npm run docs` would not change it', (file, document) => {
  expect(readFileSync(join(ROOT, file), 'utf8'), 'run npm run docs').toBe(document())
})
