/** A Python with pinned packages, and the scripts that tests run in it. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CACHE, madeOnce } from '../lakes/made-once.ts'

const SUPPORT = fileURLToPath(new URL('.', import.meta.url))
const REQUIREMENTS = join(SUPPORT, 'install', 'requirements.txt')

/**
 * Returns a Python with the pinned packages of all tests, installed once in .cache/. Returns
 * undefined if Python 3 is missing. The tests are then skipped with a line that says what is
 * `untried`. If CI is set, a missing Python is an error.
 */
export function python(untried = 'no other Delta reader is tried'): string | undefined {
  const version = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12)
  const environment = join(CACHE, `python-${version}`)
  const program = programOf(environment)
  if (existsSync(program)) return program
  if (spawnSync('python3', ['--version']).status !== 0) return missing('python3 is not installed', untried)
  madeOnce(environment, (making) => {
    execFileSync('python3', ['-m', 'venv', making])
    install(programOf(making), ['-r', REQUIREMENTS])
  })
  return program
}

/**
 * Makes an environment with one more package. It uses the pip of the other environment, because
 * installing pip would take seconds.
 */
export function makeEnvironment(making: string, requirement: string): void {
  const installer = python()
  if (installer === undefined) throw new Error('python3 is not installed')
  execFileSync('python3', ['-m', 'venv', '--without-pip', making])
  install(installer, ['--prefix', making, '--ignore-installed', requirement])
}

export const programOf = (environment: string): string => join(environment, 'bin', 'python')

/**
 * Python compiles a module when a program imports it. Most modules of the packages are never
 * imported.
 */
function install(program: string, what: readonly string[]): void {
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-compile', ...what]
  execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
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
