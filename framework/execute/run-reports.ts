/** Sends the events of a run to its log, to its listener and to its caller. */
import type { EngineRun } from '../engine/external-resources.ts'
import type { EventSink, RunEvent, RunFinished } from '../run/events.ts'
import type { OpenListener, RunListener } from '../run/listener.ts'
import { RunLog } from '../run/run-log.ts'
import type { Timing } from '../run/timing.ts'
import type { Storage } from '../storage/storage.ts'

interface RunReportsOptions {
  readonly lake: Storage
  readonly runId: string
  readonly timing: Timing
  readonly emit: EventSink
  readonly listen: OpenListener | undefined
  /** Events that the caller got before the run began. */
  readonly before: readonly RunEvent[]
}

export class RunReports {
  readonly #options: RunReportsOptions
  readonly #log: RunLog
  readonly #listener: RunListener | undefined

  constructor(options: RunReportsOptions) {
    this.#options = options
    this.#log = new RunLog(options.lake, options.runId)
    this.#listener = options.listen?.((message) => this.notify({ type: 'run-warned', message }))
    for (const event of options.before) this.#log.write(event)
  }

  readonly emit: EventSink = (event) => {
    this.#log.write(event)
    this.#listener?.hear(event)
    this.#options.emit(event)
  }

  readonly notify: EngineRun['notify'] = (notice) => {
    const { runId, timing } = this.#options
    this.emit({ ...notice, runId, at: timing.now().toISOString() })
  }

  /**
   * Reports the end. Stores it in the log before the claims are released, so that no reader takes
   * the run for a dead one. The caller gets it last, after warnings about what the listener could
   * not deliver.
   */
  async finish(finished: RunFinished, release: () => Promise<void>): Promise<void> {
    this.#log.write(finished)
    this.#listener?.hear(finished)
    if (this.#listener) {
      await this.#log.flush()
      await release()
      await this.#listener.close()
    }
    this.#options.emit(finished)
  }

  /** Throws if the log could not be stored. */
  close(): Promise<void> {
    return this.#log.close()
  }
}
