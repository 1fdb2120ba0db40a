/** Prints the machine, the figures and the tables of the bench. */
import { readFileSync } from 'node:fs'
import { arch, cpus, loadavg, totalmem, type } from 'node:os'
import { version as duckdbVersion } from '@duckdb/node-api'

/**
 * The machine of the measurements. `loadBefore` is its load before the first run. Two busy cores of
 * the bench itself are a load of 2.
 */
export function machine(loadBefore) {
  const processors = cpus()
  return [
    ['processor', `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown'}`],
    ['memory', `${(totalmem() / 2 ** 30).toFixed(0)} GiB`],
    ['system', `${operatingSystem()} on ${arch()}`],
    ['Node', process.version],
    ['DuckDB', duckdbVersion()],
    ['load', `${loadBefore.toFixed(2)} before the first run, ${loadavg()[0].toFixed(2)} after the last`],
    ['date', new Date().toISOString().slice(0, 10)],
  ]
}

function operatingSystem() {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? type()
  } catch {
    return type()
  }
}

/**
 * A Markdown table that people can also read as plain text. The first row is the head, and the
 * columns after the first are figures.
 */
export function markdownTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((row) => row[column].length)))
  const line = (row) =>
    `| ${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join(' | ')} |`
  const rule = `|${widths.map((width, at) => (at === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n')
}

export const seconds = (value) => (value < 1 ? `${(value * 1000).toFixed(0)} ms` : `${value.toFixed(2)} s`)
export const mebibytes = (value) => `${value.toFixed(0)} MiB`
export const percent = (value) => `${(value * 100).toFixed(1)} %`
export const times = (value) => `${value.toFixed(2)} x`
export const whole = (value) => value.toLocaleString('en-US')

/** A target, and whether it was met. */
export function verdict(figure, limit, { atLeast = false, print }) {
  if (atLeast ? figure >= limit : figure <= limit) return 'met'
  return `missed: ${print(figure)} for ${print(limit)}`
}
