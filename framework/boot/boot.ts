/** Runs the code that `npm run build` has put into one file beside this one. */
import { join } from 'node:path'
import { BundledCode, type Exports } from './bundled-code.ts'

let code: BundledCode | undefined

/**
 * Runs the chunk with this name, and returns its exports. With `keep`, keeps V8's compiled code for
 * other processes of this user.
 */
export function run(name: string, { keep = false } = {}): Exports {
  code ??= new BundledCode(join(__dirname, 'code.txt'), keep)
  return code.run(name)
}
