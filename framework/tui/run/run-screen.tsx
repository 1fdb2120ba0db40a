/** Draws the screen of a run with Ink. */
import type { Paint } from '../../report/layout/page.ts'
import type { Size } from '../frame.ts'
import { Lines, useTick } from '../lines.tsx'
import { type RunFrame, runFrame } from './run-frame.ts'
import type { RunStore } from './run-store.ts'

const REDRAW_EVERY_MS = 100

export interface RunScreenProps {
  readonly store: RunStore
  readonly paint: Paint
  readonly size: () => Size
  readonly now: () => Date
}

/**
 * Draws at intervals and not for each event, because ten thousand assets would make as many frames.
 */
export function RunScreen({ store, paint, size, now }: RunScreenProps) {
  const tick = useTick(REDRAW_EVERY_MS)
  const frame: RunFrame = { ...size(), paint, now: now(), tick, stopping: store.isStopping() }
  return <Lines lines={runFrame(store.view(), frame)} />
}
