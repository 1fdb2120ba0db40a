/** Checks the types of a project with its own TypeScript compiler, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The compiler that the project has installed; undefined if it has none, or no tsconfig.json. */
export function findCompiler(root: string): string | undefined {
  if (!existsSync(join(root, 'tsconfig.json'))) return undefined
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve('typescript/package.json')
    const compiler = join(dirname(manifest), 'bin', 'tsc')
    return existsSync(compiler) ? compiler : undefined
  } catch {
    return undefined
  }
}

/** Maximum size of the messages that are kept, in characters. */
const MAX_OUTPUT = 1_000_000

/** Runs one check at a time. A new check ends the one before. */
export class TypeChecker {
  readonly #root: string
  readonly #compiler: string
  #running: ChildProcess | undefined

  constructor(root: string, compiler: string) {
    this.#root = root
    this.#compiler = compiler
  }

  /** The errors in the compiler's words; undefined if another check began meanwhile. */
  async check(): Promise<readonly string[] | undefined> {
    this.stop()
    const args = [this.#compiler, '--noEmit', '--pretty', 'false', '-p', this.#root]
    // The compiler gets a process group of its own, because it is a program that starts another
    // one.
    const child = spawn(process.execPath, args, {
      ...{ cwd: this.#root, detached: true },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#running = child
    process.once('exit', this.stop)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        if (output.length < MAX_OUTPUT) output += text
      })
    }
    const status = await new Promise<number | null>((resolve) => {
      child.on('error', (error) => {
        output += error.message
        resolve(1)
      })
      child.on('close', resolve)
    })
    if (this.#running !== child) return undefined
    this.#running = undefined
    process.off('exit', this.stop)
    if (status === 0) return []
    const errors = output.split('\n').filter((line) => /error TS\d+:/.test(line))
    return errors.length > 0 ? errors : [output.trim() || `the compiler ended with ${status}`]
  }

  readonly stop = (): void => {
    process.off('exit', this.stop)
    const pid = this.#running?.pid
    this.#running = undefined
    if (pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // The process has just ended.
    }
  }
}
