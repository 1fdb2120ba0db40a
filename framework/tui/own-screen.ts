/** Lends the full terminal to a view, and restores the previous content afterwards. */
import type { Instance } from 'ink'

const ENTER = '\u001b[?1049h\u001b[H'
const LEAVE = '\u001b[?1049l'
export const CLEAR = '\u001b[2J\u001b[H'
const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
/**
 * Requests the terminal to report clicks and the wheel, in the form that has no limit of columns.
 */
const MOUSE_ON = '\u001b[?1000h\u001b[?1006h'
const MOUSE_OFF = '\u001b[?1006l\u001b[?1000l'

interface OwnScreen {
  /** Unmounts the view and restores the terminal. Later calls have no effect. */
  leave(): void
}

interface LentScreen extends OwnScreen {
  /** Draws a frame without Ink. Only before `show`. */
  draw(lines: readonly string[]): void
  /** Lets Ink draw from now on. Ink has to begin with `CLEAR` if something is drawn. */
  show(mount: () => Instance): Instance
}

interface ScreenOptions {
  /** Whether the view reads the mouse. The terminal then selects text only with Shift. */
  readonly mouse?: boolean
}

/** `mount` draws the view. Restores the terminal even if the process ends without `leave`. */
export function takeScreen(
  stdout: NodeJS.WriteStream,
  mount: () => Instance,
): OwnScreen & { readonly instance: Instance } {
  const screen = lendScreen(stdout)
  return { instance: screen.show(mount), leave: screen.leave }
}

/** Restores the terminal even if the process ends without `leave`. */
export function lendScreen(stdout: NodeJS.WriteStream, { mouse = false }: ScreenOptions = {}): LentScreen {
  stdout.write(ENTER + HIDE_CURSOR + (mouse ? MOUSE_ON : ''))
  let instance: Instance | undefined
  let left = false
  // The terminal can have wrapped lines of the old width. This runs first, because Ink draws the
  // new frame on the same event.
  const clear = () => void stdout.write(CLEAR)
  const leave = () => {
    if (left) return
    left = true
    stdout.off('resize', clear)
    process.off('exit', leave)
    // Ink draws once more when it ends. That has to happen before LEAVE, or the frame would stay on
    // the user's screen.
    instance?.unmount()
    stdout.write((mouse ? MOUSE_OFF : '') + SHOW_CURSOR + LEAVE)
  }
  stdout.prependListener('resize', clear)
  process.once('exit', leave)
  return {
    draw: (lines) => void stdout.write(CLEAR + lines.join('\r\n')),
    show: (mount) => {
      instance = mount()
      return instance
    },
    leave,
  }
}
