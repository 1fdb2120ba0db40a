/** Summarizes the events of a test's run. */
import type { TestRun } from './test-lake.ts'

/** The steps that began, in their order. */
export const started = ({ events }: Pick<TestRun, 'events'>) =>
  events.flatMap((event) => (event.type === 'step-started' ? [event] : []))

/** Asset -> mode, for all steps that began. */
export const modes = (run: Pick<TestRun, 'events'>) =>
  Object.fromEntries(started(run).map(({ asset, mode }) => [asset, mode]))

/** Asset -> outcome, for all steps that ran. */
export const outcomes = ({ result }: TestRun) =>
  Object.fromEntries(result.assets.flatMap(({ key, outcome }) => (outcome === 'fresh' ? [] : [[key, outcome]])))

/** Asset -> rows written, or its outcome if nothing was written, for all steps that ran. */
export const written = ({ result }: TestRun) =>
  Object.fromEntries(
    result.assets.flatMap(({ key, outcome, rowsWritten }) =>
      outcome === 'fresh' ? [] : [[key, outcome === 'materialized' ? rowsWritten : outcome]],
    ),
  )

export const errors = ({ events }: TestRun) =>
  events.flatMap((event) => (event.type === 'step-finished' && event.error ? [event.error] : []))

/** All warnings except those about sources that have lost many of their files, or all. */
export const warnings = ({ events }: TestRun) =>
  events.flatMap((event) => (event.type === 'step-warned' && !OF_FILES.test(event.message) ? [event.message] : []))

const OF_FILES = / has no rows: | no longer exist, such as /
