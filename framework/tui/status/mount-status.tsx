/** Mounts the status screen on a terminal. */
import { type Instance, render } from 'ink'
import { inkStdout } from '../ink-stdout.ts'
import { CLEAR } from '../own-screen.ts'
import { StatusScreen, type StatusScreenProps } from './status-screen.tsx'

interface StatusMount extends StatusScreenProps {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
}

export function mountStatus({ stdin, stdout, ...props }: StatusMount): Instance {
  return render(<StatusScreen {...props} />, { stdin, stdout: inkStdout(stdout, CLEAR), exitOnCtrlC: false })
}
