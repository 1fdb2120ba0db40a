/** Shows the live status of the assets on a terminal. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sizeOf } from '../frame.ts'
import { loadForProduction } from '../load-ink.ts'
import { lendScreen } from '../own-screen.ts'
import { statusFrame } from './frame/status-frame.ts'
import { openingModel, type StatusModel } from './model/status-model.ts'
import type { StatusSource } from './model/status-source.ts'
import type { StatusScreenProps } from './status-screen.tsx'
import { type Opened, StatusSession } from './status-session.ts'

interface StatusRenderOptions extends Omit<StatusScreenProps, 'session'> {
  /** Called when the first frame has been drawn, because that frame does not need the source. */
  readonly openSource: () => Promise<StatusSource>
  readonly opened: Opened
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
}

const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/**
 * How long the first reading runs before Ink is loaded, in milliseconds. Loading Ink takes as long
 * as drawing several frames.
 */
const ALONE_MS = 200

/**
 * Resolves when a key, an interrupt or a signal closes the screen, and restores the terminal, also
 * if the process ends before that. Returns the run that goes on, if any. Both streams have to be
 * terminals. Throws the error of the first reading.
 */
export async function renderStatus(options: StatusRenderOptions): Promise<string | undefined> {
  const { stdin, stdout, openSource, opened, ...props } = options
  const screen = lendScreen(stdout, { mouse: true })
  // Keys that are typed before Ink reads them must not appear on the screen.
  stdin.setRawMode(true)
  const draw = (model: StatusModel) =>
    screen.draw(statusFrame(model, { ...model.size, paint: props.paint, now: props.now(), suggest: props.suggest }))
  draw(openingModel(sizeOf(stdout), opened))
  const session = new StatusSession(openSource, sizeOf(stdout), opened)
  const resized = () => session.dispatch({ kind: 'resized', size: sizeOf(stdout) })
  const leave = () => session.stop()
  stdout.on('resize', resized)
  for (const signal of ENDING_SIGNALS) process.once(signal, leave)
  try {
    // Ink takes longer to load than the first frames take to draw, so they are drawn without it.
    const drawing = session.subscribe(() => draw(session.model()))
    session.start().catch(session.fail)
    await Promise.race([session.opened, sleep(ALONE_MS)])
    const { mountStatus } = await loadForProduction(() => import('./mount-status.tsx'))
    drawing()
    screen.show(() => mountStatus({ stdin, stdout, session, ...props }))
    await session.closed
  } finally {
    session.stop()
    stdout.off('resize', resized)
    for (const signal of ENDING_SIGNALS) process.off(signal, leave)
    screen.leave()
    stdin.setRawMode(false)
  }
  return session.left()
}
