/** Keeps the state of the status screen, and carries out the requests of its events. */
import { messageOf } from '../../errors.ts'
import type { Size } from '../frame.ts'
import { claimedBy, foldStatus } from './model/fold-status.ts'
import { type Opening, openingModel, type StatusAsk, type StatusEvent, type StatusModel } from './model/status-model.ts'
import type { StartedProcess, StatusSource } from './model/status-source.ts'

/** What the screen knows when it opens, and how often it reads. */
export interface Opened extends Opening {
  readonly pace: Pace
}

export interface Pace {
  /** Minimum time between two readings, in milliseconds. */
  readonly readEveryMs: number
  /** How often to look for new events of runs, in milliseconds. */
  readonly lookEveryMs: number
}

/** Minimum time between two readings, as a multiple of the duration of the last one. */
const READING_PAUSE = 20
/**
 * How long events of a run wait for others, in milliseconds, so that thousands of them do not make
 * as many frames.
 */
const TOGETHER_MS = 50

export class StatusSession {
  readonly #openSource: () => Promise<StatusSource>
  #source: StatusSource | undefined
  readonly #pace: Pace
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #listeners = new Set<() => void>()
  #model: StatusModel
  #process: StartedProcess | undefined
  /** The asset whose facts are read next, after those that are being read. */
  #facts: { readonly reading: boolean; readonly next?: string } = { reading: false }
  #isNotifying = false
  #isOver = false
  /** When to read again. */
  #due: NodeJS.Timeout | undefined
  #close: (error?: Error) => void = () => undefined
  #open: () => void = () => undefined
  /** Resolves when the user leaves. Rejects if the first reading fails. */
  readonly closed: Promise<void>
  /** Resolves when the first reading has ended. */
  readonly opened: Promise<void>

  constructor(openSource: () => Promise<StatusSource>, size: Size, { pace, ...opening }: Opened) {
    this.#openSource = openSource
    this.#pace = pace
    this.#model = openingModel(size, opening)
    this.opened = new Promise((resolve) => {
      this.#open = resolve
    })
    this.closed = new Promise((resolve, reject) => {
      this.#close = (error) => (error ? reject(error) : resolve())
    })
  }

  readonly model = (): StatusModel => this.#model

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Reads until `stop` is called. */
  async start(): Promise<void> {
    this.#source = await this.#openSource()
    if (this.#isOver) return
    await this.#read()
    void this.#look()
  }

  /** Closes the screen with an error. */
  readonly fail = (error: unknown): void => this.#close(error instanceof Error ? error : new Error(String(error)))

  /** Ends readings. A run that was started here goes on. */
  stop(): void {
    this.#isOver = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#close()
  }

  /** The run that goes on after the screen is closed. */
  left(): string | undefined {
    const { started } = this.#model
    return started && started.state !== 'ended' ? (started.view?.runId ?? 'that was started here') : undefined
  }

  readonly dispatch = (event: StatusEvent): void => {
    const { model, asks } = foldStatus(this.#model, event)
    this.#model = model
    for (const ask of asks) this.#answer(ask)
    if (event.kind === 'run-event') this.#notifySoon()
    else this.#notify()
  }

  /** Nothing is requested before the source is open. */
  #get(): StatusSource {
    if (!this.#source) throw new Error('the source is not open')
    return this.#source
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }

  #notifySoon(): void {
    if (this.#isNotifying) return
    this.#isNotifying = true
    this.#later(TOGETHER_MS, () => {
      this.#isNotifying = false
      this.#notify()
    })
  }

  #later(ms: number, work: () => void): NodeJS.Timeout | undefined {
    if (this.#isOver) return undefined
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      work()
    }, ms)
    this.#timers.add(timer)
    return timer
  }

  #answer(ask: StatusAsk): void {
    switch (ask.kind) {
      case 'read':
        void this.#read()
        break
      case 'leave':
        this.#close()
        break
      case 'cancel':
        this.#process?.cancel()
        break
      case 'facts':
        void this.#readFacts(ask.key)
        break
      case 'plan':
        void this.#plan(ask.selection)
        break
      case 'run':
        void this.#readRun(ask.runId)
        break
      case 'materialize':
        this.#materialize(ask.selection)
        break
    }
  }

  async #read(): Promise<void> {
    const startedAt = Date.now()
    try {
      this.dispatch({ kind: 'read', reading: await this.#get().read() })
    } catch (error) {
      // Without a first reading there is nothing to show.
      if (!this.#model.reading) this.fail(error)
      else this.dispatch({ kind: 'read-failed', problem: messageOf(error) })
    }
    this.#open()
    const pause = Math.max(this.#pace.readEveryMs, READING_PAUSE * (Date.now() - startedAt))
    if (this.#due) clearTimeout(this.#due)
    this.#due = this.#later(pause, () => this.dispatch({ kind: 'due' }))
  }

  async #look(): Promise<void> {
    const { reading } = this.#model
    try {
      this.dispatch({ kind: 'runs', runs: await this.#get().runs(reading ? claimedBy(reading) : new Set()) })
    } catch {
      // The next reading reports why the lake cannot be read.
    }
    this.#later(this.#pace.lookEveryMs, () => void this.#look())
  }

  /**
   * Reads one asset at a time. If the user moves quickly, the next asset to read is the one that
   * was selected last.
   */
  async #readFacts(key: string): Promise<void> {
    if (this.#facts.reading) {
      this.#facts = { reading: true, next: key }
      return
    }
    this.#facts = { reading: true }
    const facts = await this.#get()
      .facts(key)
      .catch((error) => ({
        ...{ key, version: null, versions: [], partitions: [], rejects: [], sql: [] },
        problems: [messageOf(error)],
      }))
    const { next } = this.#facts
    this.#facts = { reading: false }
    this.dispatch({ kind: 'facts', facts })
    if (next !== undefined) await this.#readFacts(next)
  }

  async #plan(selection: readonly string[]): Promise<void> {
    const plan = await this.#get().plan(selection).then(got, failed)
    this.dispatch({ kind: 'planned', selection, plan })
  }

  async #readRun(runId: string): Promise<void> {
    const run = await this.#get().run(runId).then(got, failed)
    this.dispatch({ kind: 'run-read', runId, run })
  }

  #materialize(selection: readonly string[]): void {
    const started = this.#get().materialize(selection, (event) => this.dispatch({ kind: 'run-event', event }))
    this.#process = started
    void started.ended.then((message) => this.dispatch({ kind: 'run-ended', message }))
  }
}

const got = <Value>(value: Value) => ({ kind: 'got', value }) as const
const failed = (error: unknown) => ({ kind: 'failed', problem: messageOf(error) }) as const
