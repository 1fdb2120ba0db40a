/** Writes docs/expressions.md: `npm run docs:expressions`. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { functionsDocument } from '../../framework/expression/functions/functions-document.ts'

writeFileSync(fileURLToPath(new URL('../../docs/expressions.md', import.meta.url)), functionsDocument())
