/** Mounts the status screen on a terminal. */
import { render } from 'ink'
import { sizeOf } from '../frame.ts'
import { inkStdout } from '../ink-stdout.ts'
import { takeScreen } from '../own-screen.ts'
import { StatusScreen, type StatusScreenProps } from './status-screen.tsx'

export interface StatusRenderOptions extends Omit<StatusScreenProps, 'size'> {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
}

const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Resolves when the screen is closed. Restores the terminal also if the process ends before that.
 */
export async function mountStatus({ stdin, stdout, ...props }: StatusRenderOptions): Promise<void> {
  const view = () => <StatusScreen {...props} size={sizeOf(stdout)} />
  const screen = takeScreen(stdout, () => render(view(), { stdin, stdout: inkStdout(stdout), exitOnCtrlC: false }))
  const { instance } = screen
  const resized = () => instance.rerender(view())
  const leave = () => instance.unmount()
  stdout.on('resize', resized)
  for (const signal of ENDING_SIGNALS) process.once(signal, leave)
  try {
    await instance.waitUntilExit()
  } finally {
    stdout.off('resize', resized)
    for (const signal of ENDING_SIGNALS) process.off(signal, leave)
    screen.leave()
  }
}
