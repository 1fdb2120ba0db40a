/** Draws the status screen with Ink, and reads keys. */
import { useApp, useInput } from 'ink'
import { useEffect, useMemo, useReducer } from 'react'
import type { AssetGraph } from '../../graph/asset-graph.ts'
import type { Paint } from '../../report/layout/page.ts'
import type { StatusReport } from '../../report/status.ts'
import type { Size } from '../frame.ts'
import { keyPresses } from '../key-press.ts'
import { Lines, useTick } from '../lines.tsx'
import { layOutStatus, type NextRefresh, paneHeights, statusFrame } from './status-frame.ts'
import { OPENING, statusReducer } from './status-model.ts'

const REDRAW_EVERY_MS = 1_000

export interface StatusScreenProps {
  /** Returns the graph of the last report. */
  readonly graph: () => AssetGraph
  readonly load: () => Promise<StatusReport>
  /** How long after a reading to read again. undefined: only when the user asks for it. */
  readonly refreshEveryMs?: number | undefined
  readonly nextRefresh: (now: Date) => NextRefresh | undefined
  readonly paint: Paint
  readonly now: () => Date
  readonly suggest?: (text: string) => string
  readonly size: Size
}

/** If the first reading fails, the screen ends with that error. */
export function StatusScreen(props: StatusScreenProps) {
  const { paint, size, nextRefresh } = props
  const [model, dispatch] = useStatus(props)
  const graph = props.graph()
  useTick(REDRAW_EVERY_MS)
  const { suggest } = props
  const frame = { ...size, paint, now: props.now(), ...(suggest && { suggest }) }
  // Does not depend on `now`: the layout of ten thousand assets must not be computed every second.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const list = useMemo(() => layOutStatus(model.report, graph, frame), [model.report, graph, size.width])
  useInput((input, key) => {
    const page = paneHeights(size.height, model.report).list
    for (const press of keyPresses(input, key)) dispatch({ kind: 'key', press, page })
  })
  return <Lines lines={statusFrame({ model, list, graph, nextRefresh: nextRefresh(frame.now) }, frame)} />
}

function useStatus({ load, refreshEveryMs, now }: StatusScreenProps) {
  const { exit } = useApp()
  const [model, dispatch] = useReducer(statusReducer, OPENING)
  const { refreshes, reading, leaving } = model
  const opened = model.report !== undefined
  // biome-ignore lint/correctness/useExhaustiveDependencies: must not read again because a function is a new object
  useEffect(() => {
    let wanted = true
    const read = (report: StatusReport) => wanted && dispatch({ kind: 'read', report, at: now() })
    const failed = (error: unknown) => {
      if (!wanted) return
      if (!opened) exit(error instanceof Error ? error : new Error(String(error)))
      else dispatch({ kind: 'read-failed', problem: error instanceof Error ? error.message : String(error) })
    }
    load().then(read, failed)
    return () => {
      wanted = false
    }
  }, [refreshes])
  useEffect(() => {
    if (refreshEveryMs === undefined || reading) return
    const timer = setTimeout(() => dispatch({ kind: 'refresh' }), refreshEveryMs)
    return () => clearTimeout(timer)
  }, [refreshEveryMs, reading])
  useEffect(() => {
    if (leaving) exit()
  }, [leaving, exit])
  return [model, dispatch] as const
}
