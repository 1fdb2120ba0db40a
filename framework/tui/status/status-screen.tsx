/** Draws the status screen with Ink, and reads keys. */
import { useInput } from 'ink'
import { useEffect, useState } from 'react'
import type { Paint } from '../../report/layout/page.ts'
import { keyPresses } from '../key-press.ts'
import { Lines } from '../lines.tsx'
import { statusFrame } from './frame/status-frame.ts'
import type { StatusSession } from './status-session.ts'

/** Ages and durations grow even if nothing happens. */
const LOOK_EVERY_MS = 1_000

export interface StatusScreenProps {
  readonly session: StatusSession
  readonly paint: Paint
  readonly now: () => Date
  /** Puts flags into the commands that a text suggests. */
  readonly suggest: (text: string) => string
}

export function StatusScreen(props: StatusScreenProps) {
  const { session } = props
  const [lines, setLines] = useState(() => frameOf(props))
  // biome-ignore lint/correctness/useExhaustiveDependencies: all that changes is in the session
  useEffect(() => {
    // Compares each frame with the last one, because drawing a frame with Ink takes much longer.
    const draw = () => setLines((before) => kept(before, frameOf(props)))
    const unsubscribe = session.subscribe(draw)
    const timer = setInterval(draw, LOOK_EVERY_MS)
    draw()
    return () => {
      unsubscribe()
      clearInterval(timer)
    }
  }, [session])
  useInput((input, key) => {
    for (const press of keyPresses(input, key)) session.dispatch({ kind: 'key', press })
  })
  return <Lines lines={lines} />
}

function frameOf({ session, paint, now, suggest }: StatusScreenProps): readonly string[] {
  const model = session.model()
  return statusFrame(model, { ...model.size, paint, now: now(), suggest })
}

function kept(before: readonly string[], next: readonly string[]): readonly string[] {
  return before.length === next.length && before.every((line, index) => line === next[index]) ? before : next
}
