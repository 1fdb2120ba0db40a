/** Mounts the screen of `lake dev` on a terminal. */
import { render } from 'ink'
import type { DevSink } from '../../dev/dev-events.ts'
import { EMPTY_VIEW, foldDevEvent } from '../../report/dev-text.ts'
import type { Paint } from '../../report/layout/page.ts'
import { sizeOf } from '../frame.ts'
import { inkStdout } from '../ink-stdout.ts'
import { Lines } from '../lines.tsx'
import { takeScreen } from '../own-screen.ts'
import { devFrame } from './dev-frame.ts'

export interface DevMount {
  readonly paint: Paint
  readonly suggest: (text: string) => string
}

export interface DevScreen {
  readonly emit: DevSink
  leave(): void
}

/** Reads no keys, so that the terminal turns Ctrl-C into a signal. */
export function mountDev(stdout: NodeJS.WriteStream, { paint, suggest }: DevMount): DevScreen {
  let view = EMPTY_VIEW
  const draw = () => <Lines lines={devFrame(view, { ...sizeOf(stdout), paint, now: new Date() }).map(suggest)} />
  const screen = takeScreen(stdout, () => render(draw(), { stdout: inkStdout(stdout), exitOnCtrlC: false }))
  const redraw = () => screen.instance.rerender(draw())
  stdout.on('resize', redraw)
  return {
    emit: (event) => {
      view = foldDevEvent(view, event)
      redraw()
    },
    leave: () => {
      stdout.off('resize', redraw)
      screen.leave()
    },
  }
}
