// Loaded before a measured program (`node --require`). When the program ends, it writes to $BENCH_USAGE what the kernel counted for
// the process and for its busiest thread, and the native add-ons that were loaded.
const { isMainThread } = require('node:worker_threads')
const { readdirSync, readFileSync, writeFileSync } = require('node:fs')

const EVERY_MS = 100
/** The kernel counts a thread's time in hundredths of a second. */
const TICKS_A_SECOND = 100

if (isMainThread) {
  const addons = []
  const { dlopen } = process
  process.dlopen = (module, filename, ...flags) => {
    addons.push(filename)
    return dlopen(module, filename, ...flags)
  }
  // A thread that has ended is no longer counted by itself, so threads are looked at from time to time.
  let busiestSeconds = 0
  const look = () => {
    for (const seconds of threadSeconds()) busiestSeconds = Math.max(busiestSeconds, seconds)
  }
  setInterval(look, EVERY_MS).unref()
  process.on('exit', () => {
    look()
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
    const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6
    const usage = { cpuSeconds, busiestSeconds, peakMiB: maxRSS / 1024, addons }
    writeFileSync(process.env.BENCH_USAGE, JSON.stringify(usage))
  })
}

/** CPU seconds of each thread that is alive; none where there is no /proc. */
function threadSeconds() {
  try {
    return readdirSync('/proc/self/task').map((thread) => {
      const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8')
      const [user = 0, system = 0] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13)
        .map(Number)
      return (user + system) / TICKS_A_SECOND
    })
  } catch {
    return []
  }
}
