/** Shows past runs on a terminal. */
import { loadForProduction } from '../load-ink.ts'
import type { RunsMount } from './mount-runs.tsx'

/** Resolves when a key or the signal closes the screen, and restores the terminal. */
export async function renderRuns(options: RunsMount): Promise<void> {
  const { mountRuns } = await loadForProduction(() => import('./mount-runs.tsx'))
  await mountRuns(options)
}
