/** Mounts the status screen on a terminal. */
import { render } from 'ink'
import { sizeOf } from '../frame.ts'
import { inkStdout } from '../ink-stdout.ts'
import { takeScreen } from '../own-screen.ts'
import type { StatusSource } from './model/status-source.ts'
import { StatusScreen, type StatusScreenProps } from './status-screen.tsx'
import { type Pace, StatusSession } from './status-session.ts'

export interface StatusRenderOptions extends Omit<StatusScreenProps, 'session'> {
  readonly source: StatusSource
  readonly pace: Pace
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
}

const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Resolves when the screen is closed, with the run that goes on, if any. Restores the terminal also
 * if the process ends before that.
 */
export async function mountStatus(options: StatusRenderOptions): Promise<string | undefined> {
  const { stdin, stdout, source, pace, ...props } = options
  const session = new StatusSession(source, sizeOf(stdout), pace)
  const view = <StatusScreen {...props} session={session} />
  const resized = () => session.dispatch({ kind: 'resized', size: sizeOf(stdout) })
  const leave = () => session.stop()
  const screen = takeScreen(stdout, () => render(view, { stdin, stdout: inkStdout(stdout), exitOnCtrlC: false }), {
    mouse: true,
  })
  stdout.on('resize', resized)
  for (const signal of ENDING_SIGNALS) process.once(signal, leave)
  try {
    session.start()
    await session.closed
  } finally {
    session.stop()
    stdout.off('resize', resized)
    for (const signal of ENDING_SIGNALS) process.off(signal, leave)
    screen.leave()
  }
  return session.left()
}
