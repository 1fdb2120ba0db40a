// Loaded before a measured program (`node --require`). When the program ends, it writes to $BENCH_USAGE what the kernel counted for
// the process, and the native add-ons that were loaded.
const { isMainThread } = require('node:worker_threads')
const { writeFileSync } = require('node:fs')

if (isMainThread) {
  const addons = []
  const { dlopen } = process
  process.dlopen = (module, filename, ...flags) => {
    addons.push(filename)
    return dlopen(module, filename, ...flags)
  }
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
    const usage = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMiB: maxRSS / 1024, addons }
    writeFileSync(process.env.BENCH_USAGE, JSON.stringify(usage))
  })
}
