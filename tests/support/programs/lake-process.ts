/** Runs the built program as a process, as a user would. */
import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, onTestFinished } from 'vitest'

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
export const PROGRAM = join(ROOT, 'dist', 'main.js')

export interface LakeResult {
  /** null if a signal ended the process. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface LakeOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** The user that the process runs as; only root can choose one. */
  readonly uid?: number
}

/** Runs the built program as a user would, and waits for it. CI is unset unless it is given. */
export function lake(args: readonly string[], options: LakeOptions = {}): LakeResult {
  const { status, stdout, stderr }: SpawnSyncReturns<string> = spawnSync(process.execPath, [program(), ...args], {
    ...processOptions(options),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
  return { status, stdout, stderr }
}

/** The program while it runs. Tests watch and signal it. */
export interface RunningLake {
  readonly process: ChildProcess
  readonly ended: Promise<LakeResult>
  /** Resolves once standard output has matched. Rejects if the program ends before. */
  printed(pattern: RegExp): Promise<void>
  /** Lets the program continue after `stopAt`. */
  goOn(): void
}

export interface StartOptions extends LakeOptions {
  /**
   * The program stops when it has printed this, until `goOn` is called or the program is killed.
   * Signals wait until then.
   */
  readonly stopAt?: RegExp
}

/** Starts the built program. It is killed with the test that started it. */
export function startLake(args: readonly string[], { stopAt, ...options }: StartOptions = {}): RunningLake {
  const goOn = stopAt && join(temporaryDirectory(), 'go-on')
  const stopping = stopAt && {
    ...preloaded('stop-at.mjs', options.env),
    ...{ LAKE_STOP_AT: stopAt.source, LAKE_GO_ON: goOn },
  }
  const running = processOptions({ ...options, env: { ...options.env, ...stopping } })
  const child = spawn(process.execPath, [program(), ...args], running)
  onTestFinished(() => void child.kill('SIGKILL'))
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<LakeResult>((resolve) => {
    child.on('close', (status) => resolve({ status, stdout, stderr }))
  })
  const printed = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (pattern.test(stdout)) resolve()
      }
      child.stdout.on('data', look)
      child.on('close', () => reject(new Error(`lake ended without printing ${pattern}:\n${stdout}\n${stderr}`)))
      look()
    })
  return { process: child, ended, printed, goOn: () => goOn && writeFileSync(goOn, '') }
}

/** The value of NODE_OPTIONS that also preloads a module of tests/support into a program. */
export function preloaded(module: string, { NODE_OPTIONS = '' }: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { NODE_OPTIONS: `${NODE_OPTIONS} --import ${new URL(module, import.meta.url)}`.trim() }
}

function program(): string {
  if (!existsSync(PROGRAM)) throw new Error('the program is not built: npm run build')
  return PROGRAM
}

function processOptions({ cwd = ROOT, env, uid }: LakeOptions) {
  return { cwd, env: { ...process.env, CI: '', ...env }, ...(uid !== undefined && { uid, gid: uid }) }
}

/** A directory that is removed when the test ends. */
export function temporaryDirectory(): string {
  const directory = newDirectory()
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/**
 * A directory that is removed when all tests of the file, or of the `describe` that it is called
 * in, have ended.
 */
export function sharedDirectory(): string {
  const directory = newDirectory()
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

const newDirectory = () => mkdtempSync(join(tmpdir(), 'lake-test-'))

/** Writes files below `directory`: path -> content. */
export function writeFiles(directory: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
}
