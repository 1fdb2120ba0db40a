/** Draws the screen of past runs with Ink, and reads keys. */

import { useApp, useInput } from 'ink'
import { useEffect, useReducer } from 'react'
import { messageOf } from '../../errors.ts'
import type { Paint } from '../../report/layout/page.ts'
import type { RunView } from '../../report/run/run-view.ts'
import type { Size } from '../frame.ts'
import { keyPresses } from '../key-press.ts'
import { Lines, useTick } from '../lines.tsx'
import { openedLines, pageOf, runsFrame, visibleRuns } from './runs-frame.ts'
import { OPENING_RUNS, type RunsModel, runsReducer } from './runs-model.ts'

const LOOK_EVERY_MS = 1_000
/** Number of readings after which the runs are listed again. */
const LIST_EVERY = 5

export interface RunsScreenProps {
  /** The IDs of the newest runs, newest first. */
  readonly list: () => Promise<readonly string[]>
  readonly read: (ids: readonly string[]) => Promise<ReadonlyMap<string, RunView | null>>
  readonly paint: Paint
  readonly now: () => Date
  readonly suggest: (text: string) => string
  readonly size: Size
}

/** Reads only the visible runs, each once, except those that have not ended. */
export function RunsScreen({ list, read, paint, now, suggest, size }: RunsScreenProps) {
  const { exit } = useApp()
  const [model, dispatch] = useReducer(runsReducer, OPENING_RUNS)
  const tick = useTick(LOOK_EVERY_MS)
  const frame = { ...size, paint, now: now(), suggest }
  const failed = (error: unknown) => dispatch({ kind: 'failed', problem: messageOf(error) })
  // biome-ignore lint/correctness/useExhaustiveDependencies: lists at intervals
  useEffect(() => {
    list().then((ids) => dispatch({ kind: 'listed', ids }), failed)
  }, [Math.floor(tick / LIST_EVERY)])
  const wanted = unread(model, visibleRuns(model, size.height))
  // biome-ignore lint/correctness/useExhaustiveDependencies: reads again what goes on, at intervals
  useEffect(() => {
    if (wanted.length > 0) read(wanted).then((runs) => dispatch({ kind: 'read', runs }), failed)
  }, [tick, wanted.join()])
  useInput((input, key) => {
    const page = pageOf(model, size.height)
    const lines = model.openedAt === undefined ? 0 : openedLines(model, frame).length
    for (const press of keyPresses(input, key)) dispatch({ kind: 'key', press, page, lines })
  })
  useEffect(() => {
    if (model.leaving) exit()
  }, [model.leaving, exit])
  return <Lines lines={runsFrame(model, frame)} />
}

const unread = ({ runs }: RunsModel, ids: readonly string[]): readonly string[] =>
  ids.filter((id) => !runs.has(id) || runs.get(id)?.status === 'running')
