/** Measures what hooks and lineage cost in addition to the run that they report. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lake, simulated } from '../lake.mjs'
import { median } from '../measure.mjs'

const RECEIVER = fileURLToPath(new URL('../programs/receiver.mjs', import.meta.url))
const LISTENING = ['--config', 'tests/bench/config/listening.config.ts']

/**
 * The CPU of a full refresh with a webhook, a hook and lineage over HTTP, as a share of the CPU
 * without them: the median, the lowest and the highest of all pairs of runs. The pairs take turns
 * in which side runs first, so that the machine is the same for both.
 */
export async function listeners(place, { songs, events, days, pairs }) {
  const input = simulated(place, { songs, events, days })
  const tables = join(place, 'listeners')
  const receiver = spawn(process.execPath, [RECEIVER], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [address] = await once(receiver.stdout, 'data')
  process.env.BENCH_RECEIVER = String(address).trim()
  const cpuSeconds = (flags) => {
    rmSync(tables, { recursive: true, force: true })
    return lake([...flags, '--input', input, '--lake', tables, 'materialize', '--json']).cpuSeconds
  }
  try {
    for (const flags of [LISTENING, []]) cpuSeconds(flags)
    const taken = Array.from({ length: pairs }, (_, pair) => {
      if (pair % 2 === 0) return { on: cpuSeconds(LISTENING), off: cpuSeconds([]) }
      const off = cpuSeconds([])
      return { on: cpuSeconds(LISTENING), off }
    })
    const shares = taken.map(({ on, off }) => on / off - 1).toSorted((left, right) => left - right)
    return {
      on: median(taken.map(({ on }) => on)),
      off: median(taken.map(({ off }) => off)),
      ...{ share: median(shares), lowest: shares[0], highest: shares.at(-1) },
    }
  } finally {
    receiver.kill()
  }
}
