// How lake estimates from earlier runs how long the rest of a run takes.
import { describe, expect, it } from 'vitest'
import { about, restOfRun } from '../../../../framework/report/run/rest-of-run.ts'
import { foldRun, type RunView } from '../../../../framework/report/run/run-view.ts'
import { durationsIn } from '../../../../framework/run/progress/past-durations.ts'
import { EVENTS_OF_A_RUN, finished, RUN } from '../sample.ts'

const at = (second: number) => new Date(Date.parse('2026-11-23T08:14:00Z') + second * 1000)
const STEPS = [
  ['ingest catalog', 10_000],
  ['full songs', 20_000],
  ['full plays', 4_000],
] as const
const past = (atOnce: number, steps: readonly (readonly [string, number])[] = STEPS) => ({
  steps: new Map(steps),
  atOnce,
})
const view = (events: number) => foldRun(EVENTS_OF_A_RUN.slice(0, events)) as RunView

describe('the rest of a run', () => {
  it('is what the steps took in earlier runs, minus the time that they have run already', () => {
    expect(restOfRun(view(2), past(1), at(3))).toBe(8_000 + 20_000 + 4_000)
  })

  it('is divided by how many steps ran at once in earlier runs, but is not shorter than the longest step', () => {
    expect(restOfRun(view(2), past(1.25), at(3))).toBe(25_600)
    expect(restOfRun(view(2), past(4), at(3))).toBe(20_000)
  })

  it('is computed from the files that were read so far, rather than from earlier runs', () => {
    expect(restOfRun(view(3), past(1), at(3))).toBe(2_000 + 20_000 + 4_000)
    expect(restOfRun(view(3), past(1, STEPS.slice(1)), at(3))).toBe(26_000)
  })

  it('is computed from only the first files if earlier runs show nothing or predicted too little', () => {
    const first = { type: 'step-progressed', runId: RUN, at: at(2).toISOString(), asset: 'catalog' } as const
    const begun = foldRun([...EVENTS_OF_A_RUN.slice(0, 2), { ...first, done: 1, total: 100, unit: 'files' }]) as RunView
    expect(restOfRun(begun, past(1), at(3))).toBe(8_000 + 24_000)
    expect(restOfRun(begun, past(1), at(21))).toBe(99 * 20_000 + 24_000)
    expect(restOfRun(begun, past(1, STEPS.slice(1)), at(3))).toBe(99 * 2_000 + 24_000)
  })

  it('is unknown if a step has never run, or if all running steps take longer than ever', () => {
    expect(restOfRun(view(2), past(1, STEPS.slice(0, 2)), at(3))).toBeUndefined()
    const last = view(6)
    const only = { ...last, assets: last.assets.slice(0, 2) }
    expect(restOfRun(only, past(1), at(60))).toBeUndefined()
  })

  it('is rounded to what is certain', () => {
    expect([400, 8_400, 12_300, 47_000, 61_000, 133_000, 3_725_000].map(about)).toEqual([
      ...['about 1 s', 'about 8 s', 'about 10 s', 'about 45 s', 'about 1 min', 'about 2 min 10 s'],
      'about 1 h 2 min',
    ])
  })
})

describe('the durations of earlier runs', () => {
  const result = { key: 'catalog', outcome: 'materialized', version: 4, rowsWritten: 1, partitionsWritten: 1 } as const
  const start = EVENTS_OF_A_RUN[1]
  if (start?.type !== 'step-started') throw new Error('the sample run is another')

  it('are those of the newest run in which the step published something, for each mode of the step', () => {
    const older = [start, finished(result, 4, { durationMs: 700 })]
    expect([...durationsIn([EVENTS_OF_A_RUN, older]).steps]).toEqual([['ingest catalog', 400]])
    expect([...durationsIn([older, EVENTS_OF_A_RUN]).steps]).toEqual([['ingest catalog', 700]])
    const other = [{ ...start, mode: 'full' } as const, finished(result, 4, { durationMs: 700 })]
    expect(durationsIn([other, EVENTS_OF_A_RUN]).steps.get('ingest catalog')).toBe(400)
  })

  it('show how many steps ran at once in the runs that have ended', () => {
    const end = { type: 'run-finished', runId: RUN, at: at(9).toISOString(), status: 'succeeded', assets: [] } as const
    const ended = [start, finished(result, 4, { durationMs: 6_000 }), { ...end, durationMs: 3_000 }]
    expect(durationsIn([ended]).atOnce).toBe(2)
    expect(durationsIn([ended, [start, finished(result, 4, { durationMs: 60_000 })]]).atOnce).toBe(2)
    expect(durationsIn([[{ ...end, durationMs: 3_000 }]]).atOnce).toBe(1)
  })
})
