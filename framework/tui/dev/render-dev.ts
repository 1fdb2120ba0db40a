/** Shows what `lake dev` reports on a terminal. */
import { loadForProduction } from '../load-ink.ts'
import type { DevMount, DevScreen } from './mount-dev.tsx'

export async function renderDev(stdout: NodeJS.WriteStream, options: DevMount): Promise<DevScreen> {
  const { mountDev } = await loadForProduction(() => import('./mount-dev.tsx'))
  return mountDev(stdout, options)
}
