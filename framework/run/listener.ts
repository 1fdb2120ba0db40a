/**
 * Declares the port of listeners: programs that get the events of a run and can neither delay nor
 * fail it.
 */
import type { RunEvent } from './events.ts'

export interface RunListener {
  /** Called with each event, in order. Returns at once, and never throws. */
  hear(event: RunEvent): void
  /**
   * Resolves when everything is delivered, or was given up after a bounded time. Never rejects.
   */
  close(): Promise<void>
}

/** Opens the listener of a run. It reports what could not be delivered, as warnings of the run. */
export type OpenListener = (report: (problem: string) => void) => RunListener
