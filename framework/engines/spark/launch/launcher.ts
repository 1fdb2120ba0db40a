/** The job's program with its arguments, to be run once. */
export interface JobSubmission {
  /** `lake RUN/ASSET/ATTEMPT`, or `lake RUN/session/ATTEMPT`: no two submissions have the same, so that one is found again by it. */
  readonly name: string
  /** What follows the program's name: `--session URI`, perhaps `--idle SECONDS`. */
  readonly arguments: readonly string[]
}

/**
 * How a submission ended, as the launcher knows it. Whether its work is done is never read off this alone: the job's own result says so.
 * `lost` is what was taken away in its midst and may be run once more: a cluster that was terminated, a spot instance that went.
 */
export type JobEnd =
  | { readonly kind: 'completed' }
  | { readonly kind: 'failed' | 'canceled' | 'lost'; readonly message: string }

/** A submission that was accepted. */
export interface RunningJob {
  /** Where people find it: a process id; cluster and step with a link to the console. */
  readonly where: string
  /** It was there already: an earlier process had submitted it. */
  readonly found: boolean
  /** Settles when nothing of it runs any more; never rejects. */
  readonly ended: Promise<JobEnd>
  /** It is about to end by itself, and somebody waits for that: its end is looked for sooner. */
  expectEnd(): void
  /** What it printed, or where that is, in words; undefined where nothing is known of it. */
  printed?(): Promise<string | undefined>
  /** Asks it to stop, and insists after a while; settles when it has been asked. */
  cancel(): Promise<void>
}

/** What runs Spark applications. */
export interface Launcher {
  readonly name: string
  /** Whether what a dead process has submitted goes on and is found again by its name. */
  readonly outlivesUs: boolean
  /**
   * Runs the job, or takes up the one of this name that is there already, running or ended: a name is never run twice. Throws a LakeError where
   * nothing could be submitted.
   */
  submit(job: JobSubmission): Promise<RunningJob>
  /** Ends what was started for the run: jobs that still run, a transient cluster. In every outcome. */
  close(): Promise<void>
}
