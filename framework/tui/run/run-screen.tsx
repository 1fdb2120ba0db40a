/**
 * Draws the screen of a run with Ink: lines that scroll away, and below them what is in progress.
 */
import { Static } from 'ink'
import { Lines } from '../lines.tsx'
import { type RunFrame, runFrame } from './run-frame.ts'
import type { RunState } from './run-store.ts'
import { drawScrolled } from './scrolled.ts'

export interface RunScreenProps {
  readonly state: RunState
  readonly frame: RunFrame
}

export function RunScreen({ state, frame }: RunScreenProps) {
  return (
    <>
      <Static items={[...state.scrolled]}>
        {(item, index) => <Lines key={index} lines={drawScrolled(item, frame)} />}
      </Static>
      <Lines lines={openFrame(state, frame)} />
    </>
  )
}

/** Minimum height of what is in progress, in lines, if the terminal has them. */
const MIN_HEIGHT = 10
/** Maximum share of the terminal that it takes. The rest shows what has ended. */
const SHARE = 0.6

/** The lines that are drawn anew each time. */
export function openFrame({ view, past, stopping, ended }: RunState, frame: RunFrame): readonly string[] {
  if (ended) return []
  const height = Math.min(frame.height, Math.max(MIN_HEIGHT, Math.floor(frame.height * SHARE)))
  return runFrame(view, { ...frame, height, stopping, ...(past && { past }) })
}
