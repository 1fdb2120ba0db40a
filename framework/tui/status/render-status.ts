import { loadForProduction } from '../load-ink.ts'
import type { StatusRenderOptions } from './mount-status.tsx'

/**
 * Shows the status on a screen of its own until it is left by a key, an interrupt or a signal to end; the terminal is then as it
 * was. Both streams have to be terminals. Throws what the first reading threw.
 */
export async function renderStatus(options: StatusRenderOptions): Promise<void> {
  const { mountStatus } = await loadForProduction(() => import('./mount-status.tsx'))
  await mountStatus(options)
}
