/** Measures lake's own code over very large listings and logs, without the data that they name. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runNode } from '../../measure.mjs'

const PROGRAM = fileURLToPath(new URL('../../programs/without-data.mjs', import.meta.url))

/** The steps for a source of `count` files. Its listing has etags as S3 has them. */
export const filesWithoutData = (place, count) =>
  measured(place, count, ['manifest written', 'manifest read, and compared with a listing in which one file changed'])

/** The steps for a table of `count` data files. */
export const logWithoutData = (place, count) =>
  measured(place, count, ['log written', 'log read', 'checkpoint written', 'log read from its checkpoint'])

/**
 * Maps each step to its figures, or to the error with which it ended. The steps after such an error
 * are left out.
 */
function measured(place, count, steps) {
  const directory = join(place, `without-data-${count}`)
  rmSync(directory, { recursive: true, force: true })
  const figures = {}
  try {
    for (const step of steps) figures[step] = runNode([PROGRAM, step, String(count), directory])
  } catch (error) {
    figures[steps[Object.keys(figures).length]] = {
      broke: /\w*(?:Error|FATAL ERROR): .*/.exec(error.message)?.[0] ?? String(error),
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
  return figures
}
