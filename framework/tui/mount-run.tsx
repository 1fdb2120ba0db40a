import { render } from 'ink'
import type { Paint } from '../report/page.ts'
import { sizeOf } from './frame.ts'
import { inkStdout } from './ink-stdout.ts'
import { lastRunFrame } from './run-frame.ts'
import { RunScreen } from './run-screen.tsx'
import type { RunStore } from './run-store.ts'

export interface RunMount {
  readonly store: RunStore
  readonly paint: Paint
  readonly now: () => Date
}

const LINE_UP = '\u001b[1A'

/** Shows the run until the function that it returns is called; that tells whether a frame stays on the terminal. */
export function mountRun(stdout: NodeJS.WriteStream, mount: RunMount): () => Promise<'frame' | 'nothing'> {
  const size = () => sizeOf(stdout)
  const screen = (finished: boolean) => <RunScreen {...mount} size={size} finished={finished} />
  const instance = render(screen(false), { stdout: inkStdout(stdout) })
  const exited = instance.waitUntilExit()
  return async () => {
    instance.rerender(screen(true))
    instance.unmount()
    await exited
    const frame = { ...size(), paint: mount.paint, now: mount.now(), tick: 0 }
    if (lastRunFrame(mount.store.view(), frame).length > 0) return 'frame'
    // Ink leaves an empty line for an empty frame.
    stdout.write(LINE_UP)
    return 'nothing'
  }
}
