/** Draws a run that has ended, in the state in which its own screen left it. */
import { runEndLines } from '../../report/run/run-end.ts'
import { foldEvent, type RunView } from '../../report/run/run-view.ts'
import { runFacts } from '../../report/run/runs-text.ts'
import type { RunEvent } from '../../run/events.ts'
import type { Frame } from '../frame.ts'
import { drawScrolled, type Scrolled, scrolledBy } from './scrolled.ts'

/**
 * `last` is the run after its events. If the run was killed, `last` has an end that the events
 * lack.
 */
export function replayLines(events: readonly RunEvent[], last: RunView, frame: Frame): readonly string[] {
  const scrolled: Scrolled[] = []
  let view: RunView | undefined
  for (const event of events) {
    view = foldEvent(view, event)
    scrolled.push(...scrolledBy(event, view))
  }
  const lines = scrolled.flatMap((item) => (item.kind === 'header' ? [] : drawScrolled(item, frame)))
  return [...runFacts(last, frame), '', ...lines, ...(lines.length > 0 ? [''] : []), ...runEndLines(last, frame.paint)]
}
