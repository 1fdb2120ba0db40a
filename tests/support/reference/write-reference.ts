/** Writes the generated documents: `npm run docs`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './documented.ts'
import { REFERENCE } from './reference.ts'

for (const [file, document] of Object.entries(REFERENCE)) writeFileSync(join(ROOT, file), document())
