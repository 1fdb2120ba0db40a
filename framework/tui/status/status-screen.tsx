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
  /** That of the report that was read last. */
  readonly graph: () => AssetGraph
  readonly load: () => Promise<StatusReport>
  /** Reads again so long after each reading; undefined for only when asked to. */
  readonly refreshEveryMs?: number | undefined
  readonly nextRefresh: (now: Date) => NextRefresh | undefined
  readonly paint: Paint
  readonly now: () => Date
  readonly suggest?: (text: string) => string
  readonly size: Size
}

/** The graph with its states and reasons, until it is left. A first reading that fails ends it with what was thrown. */
export function StatusScreen(props: StatusScreenProps) {
  const { paint, size, nextRefresh } = props
  const [model, dispatch] = useStatus(props)
  const graph = props.graph()
  useTick(REDRAW_EVERY_MS)
  const { suggest } = props
  const frame = { ...size, paint, now: props.now(), ...(suggest && { suggest }) }
  // Not for each second's `now`: the layout of ten thousand assets is only made anew with what it is made of.
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
  // biome-ignore lint/correctness/useExhaustiveDependencies: reads when asked to, and not when a function is another object
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
