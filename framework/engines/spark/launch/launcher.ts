/** Declares the port to programs that run Spark applications: spark-submit, or EMR. */
/** One run of the job's program. */
export interface JobSubmission {
  /**
   * `lake RUN/ASSET/ATTEMPT` or `lake RUN/session/ATTEMPT`. It is unique, so that it identifies the
   * submission.
   */
  readonly name: string
  /** The program's arguments: `--session URI`, perhaps `--idle SECONDS`. */
  readonly arguments: readonly string[]
}

/**
 * How a submission ended, as far as the launcher knows. Only the job's own result says whether its
 * work is done. `lost`: it was cut off, such as by a terminated cluster or a reclaimed spot
 * instance, and can be run again.
 */
export type JobEnd =
  | { readonly kind: 'completed' }
  | { readonly kind: 'failed' | 'canceled' | 'lost'; readonly message: string }

/** A submission that was accepted. */
export interface RunningJob {
  /** Where people find it: a process id, or cluster and step with a link to the console. */
  readonly where: string
  /** Whether an earlier process had submitted it, and this run continues with it. */
  readonly adopted: boolean
  /** Settles when no part of it runs any more. Never rejects. */
  readonly ended: Promise<JobEnd>
  /** Announces that it is about to end by itself, so that the launcher looks for its end sooner. */
  expectEnd(): void
  /** Describes what it printed, or where that is; undefined if that is unknown. */
  printed?(): Promise<string | undefined>
  /** Requests it to stop, and kills it after a while. Settles when the request was made. */
  cancel(): Promise<void>
}

export interface Launcher {
  readonly name: string
  /**
   * Whether a submission goes on after the process that made it has died, and can be found by its
   * name.
   */
  readonly outlivesRun: boolean
  /**
   * Runs the job. If a submission of this name exists, running or ended, adopts it instead: no name
   * runs twice. Throws a LakeError if the job could not be submitted.
   */
  submit(job: JobSubmission): Promise<RunningJob>
  /**
   * Ends what was started for the run: jobs that still run, a transient cluster. Called at the end
   * of each run, also after a failure.
   */
  close(): Promise<void>
}
