/** Draws the status screen with Ink, and reads keys. */
import { useInput } from 'ink'
import { useSyncExternalStore } from 'react'
import type { Paint } from '../../report/layout/page.ts'
import { keyPresses } from '../key-press.ts'
import { Lines, useTick } from '../lines.tsx'
import { statusFrame } from './frame/status-frame.ts'
import type { StatusSession } from './status-session.ts'

/** Ages and durations grow although nothing happens. */
const REDRAW_EVERY_MS = 1_000

export interface StatusScreenProps {
  readonly session: StatusSession
  readonly paint: Paint
  readonly now: () => Date
  /** Puts flags into the commands that a text suggests. */
  readonly suggest: (text: string) => string
}

export function StatusScreen({ session, paint, now, suggest }: StatusScreenProps) {
  const model = useSyncExternalStore(session.subscribe, session.model)
  useTick(REDRAW_EVERY_MS)
  useInput((input, key) => {
    for (const press of keyPresses(input, key)) session.dispatch({ kind: 'key', press })
  })
  return <Lines lines={statusFrame(model, { ...model.size, paint, now: now(), suggest })} />
}
