/** Shows the live status of the assets on a terminal. */
import { loadForProduction } from '../load-ink.ts'
import type { StatusRenderOptions } from './mount-status.tsx'

/**
 * Resolves when a key, an interrupt or a signal closes the screen, and restores the terminal. Returns
 * the run that goes on, if any. Both streams have to be terminals. Throws the error of the first
 * reading.
 */
export async function renderStatus(options: StatusRenderOptions): Promise<string | undefined> {
  const { mountStatus } = await loadForProduction(() => import('./mount-status.tsx'))
  return mountStatus(options)
}
