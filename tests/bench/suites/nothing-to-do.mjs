/** Measures commands over a lake in which nothing is stale. */
import { join } from 'node:path'
import { lake, simulated } from '../lake.mjs'
import { inTurns, runNode } from '../measure.mjs'

const COMMANDS = ['materialize', 'status']

/**
 * Runs commands on a lake in which all assets are fresh, in turns with a Node that does nothing.
 * Throws if a command loads DuckDB.
 */
export function nothingToDo({ input, tables }, runs) {
  const sides = Object.fromEntries(
    COMMANDS.map((command) => [command, () => idle(['--input', input, '--lake', tables, command])]),
  )
  return inTurns({ node: () => runNode(['-e', '0']), ...sides }, runs)
}

function idle(args) {
  const sample = lake(args)
  if (sample.addons.length > 0)
    throw new Error(`lake ${args.at(-1)} had nothing to do and loaded ${sample.addons.join(', ')}`)
  return sample
}

/** A lake of simulated data in which all assets are fresh. */
export function freshLake(place, size) {
  const input = simulated(place, size)
  const tables = join(place, `lake-${size.songs}-songs-${size.events}-events`)
  lake(['--input', input, '--lake', tables, 'materialize'])
  return { input, tables }
}
