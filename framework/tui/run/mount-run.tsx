/** Mounts the screen of a run on a terminal. */
import { render } from 'ink'
import type { Paint } from '../../report/layout/page.ts'
import { sizeOf } from '../frame.ts'
import { inkStdout } from '../ink-stdout.ts'
import { takeScreen } from '../own-screen.ts'
import { lastRunFrame } from './run-frame.ts'
import { RunScreen } from './run-screen.tsx'
import type { RunStore } from './run-store.ts'

export interface RunMount {
  readonly store: RunStore
  readonly paint: Paint
  readonly now: () => Date
}

/**
 * Shows the run until the returned function is called. That returns the lines that stay on the
 * terminal.
 */
export function mountRun(stdout: NodeJS.WriteStream, mount: RunMount): () => Promise<readonly string[]> {
  const size = () => sizeOf(stdout)
  const screen = takeScreen(stdout, () =>
    render(<RunScreen {...mount} size={size} />, { stdout: inkStdout(stdout), exitOnCtrlC: false }),
  )
  const exited = screen.instance.waitUntilExit()
  return async () => {
    screen.leave()
    await exited
    return lastRunFrame(mount.store.view(), { ...size(), paint: mount.paint, now: mount.now(), tick: 0 })
  }
}
