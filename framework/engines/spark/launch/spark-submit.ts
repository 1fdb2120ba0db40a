/** Launches Spark drivers as processes of this machine, by spark-submit in client mode. */
import { type ChildProcess, spawn } from 'node:child_process'
import { LakeError } from '../../../errors.ts'
import { redact } from '../../../text/redact.ts'
import { type StoredArchive, storeArchive } from './job-archive.ts'
import type { JobFiles } from './job-files.ts'
import type { JobEnd, JobSubmission, Launcher, RunningJob } from './launcher.ts'
import { handOverSecrets, type SubmitSecrets, withoutSecrets } from './submit-secrets.ts'

export interface SparkSubmitSettings {
  /** The program: `spark-submit`, or its path. */
  readonly program: string
  /** `local[*]`, `yarn`, `spark://host:7077`, `k8s://...` */
  readonly master: string
  readonly conf: Readonly<Record<string, string>>
  /** Arguments for spark-submit itself, such as `--packages` or `--driver-class-path`. */
  readonly args: readonly string[]
  /** Added to this process's environment. */
  readonly env: Readonly<Record<string, string>>
}

/** How long an interrupted process has before it is killed. */
const KILL_AFTER_MS = 10_000
/** Maximum length of the kept output, in characters. */
const KEPT_OUTPUT = 64 * 1024
const SHOWN_LINES = 15

/** The processes end with this launcher. */
export function sparkSubmitLauncher(settings: SparkSubmitSettings, files: JobFiles): Launcher {
  const running = new Set<LocalJob>()
  let archive: Promise<StoredArchive> | undefined
  return {
    name: 'spark-submit',
    outlivesRun: false,
    submit: async (submission) => {
      archive ??= storeArchive(files.archive)
      const program = { main: files.main, archive: (await archive).path }
      const job = await LocalJob.start(settings, program, submission)
      running.add(job)
      job.ended.then(() => running.delete(job))
      return job
    },
    close: async () => {
      await Promise.all([...running].map((job) => job.cancel()))
      await Promise.all([...running].map(({ ended }) => ended))
      await archive?.then(({ remove }) => remove()).catch(() => undefined)
    },
  }
}

class LocalJob implements RunningJob {
  readonly where: string
  readonly adopted = false
  readonly ended: Promise<JobEnd>
  readonly #child: ChildProcess
  readonly #tail: OutputTail

  private constructor(child: ChildProcess, secrets: SubmitSecrets | undefined) {
    this.#child = child
    this.where = `process ${child.pid}`
    const tail = new OutputTail(child)
    this.#tail = tail
    const closed = new Promise<JobEnd>((resolve) => {
      child.once('close', (code, signal) => resolve(endOf(code, signal, tail)))
    })
    this.ended = closed.then(async (end) => {
      await secrets?.remove().catch(() => undefined)
      return end
    })
  }

  static async start(settings: SparkSubmitSettings, program: JobFiles, job: JobSubmission): Promise<LocalJob> {
    // The process gets a group of its own. An interrupt at the terminal then reaches only the
    // coordinator, which cancels the job in an orderly way. A kill reaches Java as well as its
    // shell.
    const env = { ...process.env, ...settings.env }
    const secrets = await handOverSecrets(settings, env)
    const child = spawn(settings.program, submitArguments(withoutSecrets(settings), program, { ...job, secrets }), {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
    })
    const local = new LocalJob(child, secrets)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (cause) => {
        void secrets?.remove()
        reject(notStarted(settings, cause))
      })
    })
    return local
  }

  async printed(): Promise<string | undefined> {
    const lines = this.#tail.shown()
    return lines.length > 0 ? ['The end of what it printed:', ...lines].join('\n  ') : undefined
  }

  /** This launcher notices the end of a process at once. */
  expectEnd(): void {}

  async cancel(): Promise<void> {
    this.#kill('SIGTERM')
    const killLater = setTimeout(() => this.#kill('SIGKILL'), KILL_AFTER_MS)
    this.ended.then(() => clearTimeout(killLater))
  }

  #kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#child.pid === undefined || this.#child.exitCode !== null) return
    try {
      process.kill(-this.#child.pid, signal)
    } catch {
      // The process ended meanwhile.
    }
  }
}

export function submitArguments(
  { master, conf, args }: Omit<SparkSubmitSettings, 'program' | 'env'>,
  { main, archive }: JobFiles,
  job: JobSubmission & { readonly secrets?: SubmitSecrets | undefined },
): readonly string[] {
  const settings = Object.entries({ 'spark.app.name': job.name, ...conf })
  return [
    ...['--master', master, '--deploy-mode', 'client'],
    ...settings.flatMap(([name, value]) => ['--conf', `${name}=${value}`]),
    ...args,
    ...(job.secrets ? ['--properties-file', job.secrets.file] : []),
    ...['--py-files', archive],
    main,
    ...job.arguments,
  ]
}

/** A line of Spark's log about an error, such as an exception that no code caught. */
const IS_ERROR = / (?:ERROR|FATAL) /

/** Keeps the end of a process's output. Spark prints much, and prints most errors last. */
class OutputTail {
  #text = ''

  constructor({ stdout, stderr }: ChildProcess) {
    for (const stream of [stdout, stderr]) {
      stream?.setEncoding('utf8')
      stream?.on('data', (text: string) => {
        this.#text = (this.#text + text).slice(-KEPT_OUTPUT)
      })
    }
  }

  /**
   * The first error with the line after it, which names the exception, and the last lines, without
   * secrets. After an error that no code catches, Spark prints how it shuts down.
   */
  shown(): readonly string[] {
    const lines = this.#text.split('\n').filter((line) => line.trim() !== '')
    const rest = Math.max(0, lines.length - SHOWN_LINES)
    const error = lines.slice(0, rest).findIndex((line) => IS_ERROR.test(line))
    const cause = error < 0 ? [] : lines.slice(error, Math.min(rest, error + 2))
    return [...cause, ...lines.slice(rest)].map(redact)
  }
}

function endOf(code: number | null, signal: NodeJS.Signals | null, tail: OutputTail): JobEnd {
  if (code === 0) return { kind: 'completed' }
  const how = signal ? `it was killed (${signal})` : `spark-submit ended with status ${code}`
  return { kind: 'failed', message: [how, ...tail.shown()].join('\n  ') }
}

function notStarted({ program }: SparkSubmitSettings, cause: Error): LakeError {
  const message =
    `${program} could not be started: ${cause.message}. Install Spark (pip install pyspark), ` +
    'or name its spark-submit in engine.submit of the profile.'
  return new LakeError('engine-failed', { problem: message, cause })
}
