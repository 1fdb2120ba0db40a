/**
 * Asks the registry for advisories about the locked packages: `npm run advisories`. It ends with 1
 * if an advisory is high or critical, and with 2 if it could check nothing.
 */
import { spawnSync } from 'node:child_process'

const { stdout, stderr, error } = spawnSync('npm', ['audit', '--json'], {
  encoding: 'utf8',
  shell: process.platform === 'win32',
})
const answer = parsed(stdout)
const counts = answer?.metadata?.vulnerabilities
if (typeof counts?.high === 'number' && typeof counts.critical === 'number') {
  const { info = 0, low = 0, moderate = 0, high, critical } = counts
  process.stdout.write(
    `Advisories: ${info} info, ${low} low, ${moderate} moderate, ${high} high, ${critical} critical.\n`,
  )
  if (high + critical > 0) {
    process.stdout.write('`npm audit` says which packages have them.\n')
    process.exitCode = 1
  }
} else {
  process.stderr.write(`Advisories were not checked: ${why()}\nRun this where the registry answers npm audit.\n`)
  process.exitCode = 2
}

/**
 * The message of npm on why it has no answer, without addresses, because these may contain
 * credentials.
 */
function why() {
  const words = answer?.message ?? answer?.error?.summary ?? error?.message ?? stderr.trim().split('\n').at(-1) ?? ''
  return words.replace(/\S+:\/\/\S+/g, 'the registry') || 'npm audit printed nothing.'
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
