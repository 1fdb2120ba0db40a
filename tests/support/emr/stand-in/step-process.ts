/** Runs the program of an EMR step as a process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { gzipSync } from 'node:zlib'

/** The program to run in place of a step's spark-submit. */
export interface StepCommand {
  readonly command: string
  readonly args: readonly string[]
  /** Variables in addition to those of the stand-in. */
  readonly env?: Readonly<Record<string, string>>
}

export interface StepExit {
  /** The exit status. Null if a signal ended the process. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface StepListener {
  /** Called with all output so far. */
  printed(stdout: string): void
  /** Called once, when its output is complete. */
  ended(exit: StepExit): void
}

/** Starts the step's program in a process group of its own. */
export function startStep(step: StepCommand, { printed, ended }: StepListener): ChildProcess {
  const child = spawn(step.command, [...step.args], {
    detached: true,
    env: { ...process.env, ...step.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      output[name] += chunk.toString('utf8')
      printed(output.stdout)
    })
  }
  child.on('error', (error) => {
    output.stderr += `${error.message}\n`
    if (child.pid === undefined) ended({ code: 127, ...output })
  })
  child.on('close', (code) => ended({ code, ...output }))
  return child
}

/** SEND_INTERRUPT: signals only the step's child process. */
export function interruptStep(child: ChildProcess | undefined): void {
  child?.kill('SIGTERM')
}

/** TERMINATE_PROCESS: kills the step's child process and all of its descendants. */
export function killStep(child: ChildProcess | undefined): void {
  if (child?.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}

/**
 * The files that EMR uploads below LogUri for a step. One of them has two names: the documented
 * name, and the name that EMR was seen to use.
 */
export function stepLogs(exit: StepExit): ReadonlyMap<string, Uint8Array> {
  return new Map([
    ['controller.gz', gzipSync(`INFO Step ended with ${exit.code === null ? 'a signal' : `exit code ${exit.code}`}\n`)],
    ['stderr.gz', gzipSync(exit.stderr)],
    ['stdout.txt.gz', gzipSync(exit.stdout)],
  ])
}
