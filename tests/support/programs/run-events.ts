/** Reads the JSON that the program prints. */
import type { RunEvent, RunFinished, RunStarted } from '../../../framework/run/events.ts'
import type { LakeResult } from './lake-process.ts'

/** The only JSON document on standard output. */
// biome-ignore lint/suspicious/noExplicitAny: the tests state the shape, by what they compare it with.
export function document({ stdout, stderr }: Pick<LakeResult, 'stdout' | 'stderr'>): any {
  if (stdout.trim().split('\n').length !== 1) throw new Error(`not one document:\n${stdout}\n${stderr}`)
  return JSON.parse(stdout)
}

/** The events that `materialize --json` printed, one on each line. */
export function eventsOf({ stdout }: Pick<LakeResult, 'stdout'>): readonly RunEvent[] {
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as RunEvent]))
}

/** The names of the assets whose steps began. */
export function ran(result: Pick<LakeResult, 'stdout'>): readonly string[] {
  return eventsOf(result)
    .flatMap((event) => (event.type === 'step-started' ? [event.asset] : []))
    .toSorted()
}

/** Maps each asset to its outcome. */
export function outcomes(result: Pick<LakeResult, 'stdout'>): Readonly<Record<string, string>> {
  return Object.fromEntries(finished(result).assets.map(({ key, outcome }) => [key, outcome]))
}

/** Maps each asset whose step began to the kinds of its causes. */
export function causes(result: Pick<LakeResult, 'stdout'>): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    eventsOf(result).flatMap((event) =>
      event.type === 'step-started' ? [[event.asset, event.causes.map(({ kind }) => kind)] as const] : [],
    ),
  )
}

export function started(result: Pick<LakeResult, 'stdout'>): RunStarted {
  const [event] = eventsOf(result)
  if (event?.type !== 'run-started') throw new Error(`the run did not begin with run-started: ${result.stdout}`)
  return event
}

export function finished(result: Pick<LakeResult, 'stdout'>): RunFinished {
  const event = eventsOf(result).at(-1)
  if (event?.type !== 'run-finished') throw new Error(`the run did not end with run-finished: ${result.stdout}`)
  return event
}
