import { render } from 'ink'
import { sizeOf } from './frame.ts'
import { inkStdout } from './ink-stdout.ts'
import { StatusScreen, type StatusScreenProps } from './status-screen.tsx'

export interface StatusRenderOptions extends Omit<StatusScreenProps, 'size'> {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
}

const ENTER_SCREEN = '\u001b[?1049h\u001b[H'
const LEAVE_SCREEN = '\u001b[?1049l'
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Resolves when the screen is left. It is also given back when the process ends without that. */
export async function mountStatus({ stdin, stdout, ...props }: StatusRenderOptions): Promise<void> {
  const screen = () => <StatusScreen {...props} size={sizeOf(stdout)} />
  stdout.write(ENTER_SCREEN)
  const instance = render(screen(), { stdin, stdout: inkStdout(stdout), exitOnCtrlC: false })
  const resized = () => instance.rerender(screen())
  const leave = () => instance.unmount()
  // Ink draws once more when it ends: before the screen is given back, or its last frame would stand on the user's own.
  const give = () => {
    instance.unmount()
    stdout.write(LEAVE_SCREEN)
  }
  stdout.on('resize', resized)
  process.once('exit', give)
  for (const signal of ENDING_SIGNALS) process.once(signal, leave)
  try {
    await instance.waitUntilExit()
  } finally {
    stdout.off('resize', resized)
    process.off('exit', give)
    for (const signal of ENDING_SIGNALS) process.off(signal, leave)
    give()
  }
}
