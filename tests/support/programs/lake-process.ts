/** Runs the built program as a process, as a user does. */
import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, onTestFinished } from 'vitest'

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
export const PROGRAM = join(ROOT, 'dist', 'main.js')

export interface LakeResult {
  /** The exit status. Null if a signal ended the process. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface LakeOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** The user as whom the process runs. Only root can choose a user. */
  readonly uid?: number
}

/** Runs the built program as a user does, and waits for it. CI is unset unless the test sets it. */
export function lake(args: readonly string[], options: LakeOptions = {}): LakeResult {
  const { status, stdout, stderr }: SpawnSyncReturns<string> = spawnSync(process.execPath, [program(), ...args], {
    ...processOptions(options),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
  return { status, stdout, stderr }
}

/** A running program, which tests watch and signal. */
export interface RunningLake {
  readonly process: ChildProcess
  readonly ended: Promise<LakeResult>
  /** Resolves once the standard output matches. Rejects if the program ends before that. */
  printed(pattern: RegExp): Promise<void>
  /** Lets the program continue after `stopAt`. */
  goOn(): void
}

export interface StartOptions extends LakeOptions {
  /**
   * The program stops after it has printed this text, until the test calls `goOn` or kills the
   * program. Signals wait until then.
   */
  readonly stopAt?: RegExp
}

/** Starts the built program. It is killed at the end of the test that started it. */
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

/** The value of NODE_OPTIONS with which a program also preloads a module of tests/support. */
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
 * A directory that is removed after all tests of the file, or of the `describe` that calls this.
 */
export function sharedDirectory(): string {
  const directory = newDirectory()
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

const newDirectory = () => mkdtempSync(join(tmpdir(), 'lake-test-'))

/** Writes files below `directory`. `files` maps each path to its content. */
export function writeFiles(directory: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
}
