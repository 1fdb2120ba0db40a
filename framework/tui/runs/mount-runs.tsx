/** Mounts the screen of past runs on a terminal. */
import { render } from 'ink'
import { sizeOf } from '../frame.ts'
import { inkStdout } from '../ink-stdout.ts'
import { takeScreen } from '../own-screen.ts'
import { RunsScreen, type RunsScreenProps } from './runs-screen.tsx'

export interface RunsMount extends Omit<RunsScreenProps, 'size'> {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  /** Closes the screen. */
  readonly signal: AbortSignal
}

/** Resolves when the screen is closed. */
export async function mountRuns({ stdin, stdout, signal, ...props }: RunsMount): Promise<void> {
  const view = () => <RunsScreen {...props} size={sizeOf(stdout)} />
  const screen = takeScreen(stdout, () => render(view(), { stdin, stdout: inkStdout(stdout), exitOnCtrlC: false }))
  const { instance } = screen
  const resized = () => instance.rerender(view())
  const leave = () => instance.unmount()
  stdout.on('resize', resized)
  signal.addEventListener('abort', leave)
  try {
    await instance.waitUntilExit()
  } finally {
    stdout.off('resize', resized)
    signal.removeEventListener('abort', leave)
    screen.leave()
  }
}
