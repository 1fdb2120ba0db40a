import type { TestRun } from './test-lake.ts'

/** The steps that began, in their order. */
export const started = ({ events }: Pick<TestRun, 'events'>) =>
  events.flatMap((event) => (event.type === 'step-started' ? [event] : []))

/** Asset -> mode, of the steps that began. */
export const modes = (run: Pick<TestRun, 'events'>) =>
  Object.fromEntries(started(run).map(({ asset, mode }) => [asset, mode]))

/** Asset -> outcome, of all that ran. */
export const outcomes = ({ result }: TestRun) =>
  Object.fromEntries(result.assets.flatMap(({ key, outcome }) => (outcome === 'fresh' ? [] : [[key, outcome]])))

/** Asset -> rows written, or else what became of it, of all that ran. */
export const written = ({ result }: TestRun) =>
  Object.fromEntries(
    result.assets.flatMap(({ key, outcome, rowsWritten }) =>
      outcome === 'fresh' ? [] : [[key, outcome === 'materialized' ? rowsWritten : outcome]],
    ),
  )

export const errors = ({ events }: TestRun) =>
  events.flatMap((event) => (event.type === 'step-finished' && event.error ? [event.error] : []))

export const warnings = ({ events }: TestRun) =>
  events.flatMap((event) => (event.type === 'step-warned' ? [event.message] : []))
