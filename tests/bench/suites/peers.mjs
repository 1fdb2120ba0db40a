/** Shows the recorded figures of other tools next to those of lake. */
import { readFileSync } from 'node:fs'
import { seconds, whole } from '../report.mjs'

/** The changes, as the result files name them and as `increments` names them. */
const CHANGES = {
  'A new day': 'a new day',
  'B late event': 'a late event',
  'C new title': 'a song’s title (most plays)',
  'D lost day': 'a day lost',
}

/**
 * The rows of a table: first hand-written SQL, which rebuilds everything each time, then `lake`,
 * then a row for each result file.
 */
export function peerRows(files, { byHand, lake }) {
  const names = Object.keys(CHANGES)
  const results = files.map((file) => JSON.parse(readFileSync(file, 'utf8')))
  return [
    ['', ...Object.values(CHANGES)],
    ['by hand, everything anew', ...names.map(() => cell(byHand.wallSeconds, byHand.cpuSeconds, 0))],
    ['lake', ...Object.values(CHANGES).map((name) => cell(lake[name].wallSeconds, lake[name].cpuSeconds, 0))],
    ...results.map(({ peer, steps }) => [
      peer,
      ...names.map((name) => {
        const step = steps[name]
        return step ? cell(step.wall_s, step.cpu_s, step.rows_differing) : '-'
      }),
    ]),
  ]
}

function cell(wall, cpu, differing) {
  return `${seconds(wall)} (${seconds(cpu)}), ${differing === 0 ? 'right' : `${whole(differing)} rows wrong`}`
}
