/** Runs programs in turns and measures their time, CPU and memory. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HOOK = fileURLToPath(new URL('./usage-hook.cjs', import.meta.url))

/**
 * Runs `node ARGS...` to its end. Returns when it began (milliseconds since the epoch), the seconds
 * from start to exit, the CPU seconds and peak MiB by the kernel's account, the CPU seconds of the
 * busiest thread, the native add-ons that it loaded, and its standard output. `oneCore` keeps it on
 * one core. Throws if it fails.
 */
export function runNode(args, { cwd = process.cwd(), oneCore = false } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'lake-bench-'))
  const report = join(directory, 'usage.json')
  // CI keeps `status` from waiting for a key. The zone is not UTC. So a local time that is used as
  // UTC gives wrong rows.
  const env = { ...process.env, CI: '1', TZ: 'America/New_York', BENCH_USAGE: report }
  try {
    const startedAt = Date.now()
    const started = process.hrtime.bigint()
    const command = [...(oneCore ? ['taskset', '-c', '0'] : []), process.execPath, '--require', HOOK, ...args]
    const child = spawnSync(command[0], command.slice(1), {
      ...{ cwd, env, encoding: 'utf8', maxBuffer: 2 ** 30 },
    })
    const wallSeconds = Number(process.hrtime.bigint() - started) / 1e9
    if (child.status !== 0) {
      throw new Error(
        `node ${args.join(' ')} ended with ${child.status ?? child.signal}:\n${child.stdout.slice(-2000)}${child.stderr}`,
      )
    }
    return { startedAt, wallSeconds, stdout: child.stdout, ...JSON.parse(readFileSync(report, 'utf8')) }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/**
 * Runs all sides once to warm up, then `runs` times in turns, so that the machine is the same for
 * all. `sides` maps each name to a function that runs the side and returns a sample. Maps each name
 * to its samples, with the sample of the median time first.
 */
export function inTurns(sides, runs) {
  const samples = new Map(Object.keys(sides).map((name) => [name, []]))
  for (let run = 0; run <= runs; run++) {
    for (const [name, side] of Object.entries(sides)) {
      const sample = side()
      if (run > 0) samples.get(name).push(sample)
    }
  }
  return Object.fromEntries([...samples].map(([name, taken]) => [name, summary(taken)]))
}

/** The medians of the figures, and as an example the run with the median time. */
export function summary(samples) {
  const byTime = samples.toSorted((left, right) => left.wallSeconds - right.wallSeconds)
  return {
    wallSeconds: median(samples.map(({ wallSeconds }) => wallSeconds)),
    cpuSeconds: median(samples.map(({ cpuSeconds }) => cpuSeconds)),
    busiestSeconds: median(samples.map(({ busiestSeconds }) => busiestSeconds)),
    peakMiB: median(samples.map(({ peakMiB }) => peakMiB)),
    addons: [...new Set(samples.flatMap(({ addons }) => addons))],
    typical: byTime[Math.floor(byTime.length / 2)],
  }
}

export function median(values) {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
