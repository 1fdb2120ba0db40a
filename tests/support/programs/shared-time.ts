/** One time for several hosts whose clocks differ. It passes only while all hosts sleep. */
import type { Clock } from '../../../framework/schedule/clock.ts'

const MINUTE = 60_000

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

export class SharedTime {
  readonly #end: number
  readonly #stop = new AbortController()
  #sleepers: readonly Sleeper[] = []
  #awake = 0
  now: number

  constructor(from: string, to: string) {
    this.now = Date.parse(from)
    this.#end = Date.parse(to)
  }

  /** Aborts when the time ends. */
  get ended(): AbortSignal {
    return this.#stop.signal
  }

  /** Runs all works at the same time, each from the beginning. */
  async run(works: readonly (() => Promise<void>)[]): Promise<void> {
    this.#awake = works.length
    await Promise.all(works.map((work) => work().finally(() => this.#leave())))
  }

  /** Resolves at this time, or when time ends. */
  sleepUntil(until: number): Promise<void> {
    const slept = new Promise<void>((wake) => {
      this.#sleepers = [...this.#sleepers, { until, wake }]
    })
    this.#leave()
    return slept
  }

  pass(minutes: number): Promise<void> {
    return this.sleepUntil(this.now + minutes * MINUTE)
  }

  /** The clock of a host. `minutesAhead` returns how far it is ahead at the moment, in minutes. */
  clock(minutesAhead: () => number): Clock {
    const ahead = () => minutesAhead() * MINUTE
    return {
      now: () => new Date(this.now + ahead()),
      sleepUntil: (at) => this.sleepUntil(at.getTime() - ahead()),
      wait: (milliseconds) => this.sleepUntil(this.now + milliseconds),
    }
  }

  #leave(): void {
    this.#awake--
    if (this.#awake > 0 || this.#sleepers.length === 0) return
    const next = Math.min(...this.#sleepers.map(({ until }) => until))
    this.now = Math.max(this.now, Math.min(next, this.#end))
    if (next > this.#end) this.#stop.abort()
    const woken = this.#sleepers.filter(({ until }) => until <= next || this.ended.aborted)
    this.#sleepers = this.#sleepers.filter((sleeper) => !woken.includes(sleeper))
    this.#awake += woken.length
    for (const { wake } of woken) wake()
  }
}
