/** Summarizes the events of a test's run. */
import type { TestRun } from './test-lake.ts'

/** The steps that began, in order. */
export const started = ({ events }: Pick<TestRun, 'events'>) =>
  events.flatMap((event) => (event.type === 'step-started' ? [event] : []))

/** Maps the assets whose steps began to their modes. */
export const modes = (run: Pick<TestRun, 'events'>) =>
  Object.fromEntries(started(run).map(({ asset, mode }) => [asset, mode]))

/** Maps the assets whose steps ran to their outcomes. */
export const outcomes = ({ result }: TestRun) =>
  Object.fromEntries(result.assets.flatMap(({ key, outcome }) => (outcome === 'fresh' ? [] : [[key, outcome]])))

/**
 * Maps the assets whose steps ran to the number of rows written, or to the outcome if none was
 * written.
 */
export const written = ({ result }: TestRun) =>
  Object.fromEntries(
    result.assets.flatMap(({ key, outcome, rowsWritten }) =>
      outcome === 'fresh' ? [] : [[key, outcome === 'materialized' ? rowsWritten : outcome]],
    ),
  )

export const errors = ({ events }: TestRun) =>
  events.flatMap((event) => (event.type === 'step-finished' && event.error ? [event.error] : []))

/** All warnings, except those about sources that have lost many or all of their files. */
export const warnings = ({ events }: TestRun) =>
  events.flatMap((event) => (event.type === 'step-warned' && !OF_FILES.test(event.message) ? [event.message] : []))

const OF_FILES = / has no rows: | no longer exist, such as /
