/** A Python with pinned packages, and the scripts that tests run in it. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CACHE, madeOnce } from '../lakes/made-once.ts'

const SUPPORT = fileURLToPath(new URL('.', import.meta.url))

/**
 * Returns a Python with the pinned packages of a requirements file, installed once in .cache/.
 * Returns undefined if Python 3 is missing. The tests are then skipped, with a line that says what
 * is `untried`. With CI set, a missing Python is an error.
 */
export function python(file = 'readers.txt', untried = 'no other Delta reader is tried'): string | undefined {
  const requirements = join(SUPPORT, 'requirements', file)
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  const environment = join(CACHE, `python-${version}`)
  const program = join(environment, 'bin', 'python')
  if (existsSync(program)) return program
  if (spawnSync('python3', ['--version']).status !== 0) return missing('python3 is not installed', untried)
  madeOnce(environment, (making) => {
    execFileSync('python3', ['-m', 'venv', making])
    execFileSync(join(making, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '-r', requirements], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
  })
  return program
}

function missing(why: string, untried: string): undefined {
  if (process.env.CI) throw new Error(`${why}, and with CI set the tests that need it cannot be skipped`)
  process.stderr.write(`\nSKIPPED: ${why}, so ${untried}.\n\n`)
  return undefined
}

/** Runs a script of tests/support, and parses its output as JSON. */
export function runPython(program: string, script: string, args: readonly string[]): unknown {
  const out = execFileSync(program, [join(SUPPORT, script), ...args], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  return JSON.parse(out)
}
