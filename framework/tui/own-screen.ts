/** Lends the full terminal to a view, and restores the previous content afterwards. */
import type { Instance } from 'ink'

const ENTER = '\u001b[?1049h\u001b[H'
const LEAVE = '\u001b[?1049l'
/** Asks the terminal to report clicks and the wheel, in the form that has no limit of columns. */
const MOUSE_ON = '\u001b[?1000h\u001b[?1006h'
const MOUSE_OFF = '\u001b[?1006l\u001b[?1000l'
const CLEAR = '\u001b[2J\u001b[H'

export interface OwnScreen {
  /** Unmounts the view and restores the terminal. Further calls do nothing. */
  leave(): void
}

export interface ScreenOptions {
  /** Whether the view reads the mouse. The terminal then selects text only with Shift. */
  readonly mouse?: boolean
}

/** `mount` draws the view. Restores the terminal also if the process ends without `leave`. */
export function takeScreen(
  stdout: NodeJS.WriteStream,
  mount: () => Instance,
  { mouse = false }: ScreenOptions = {},
): OwnScreen & { readonly instance: Instance } {
  stdout.write(ENTER + (mouse ? MOUSE_ON : ''))
  // The terminal can have wrapped lines of the old width. Runs first, because Ink draws the new
  // frame on the same event.
  const clear = () => void stdout.write(CLEAR)
  stdout.prependListener('resize', clear)
  const instance = mount()
  let left = false
  const leave = () => {
    if (left) return
    left = true
    stdout.off('resize', clear)
    process.off('exit', leave)
    // Ink draws once more when it ends. That has to happen before LEAVE, or the frame would stay on
    // the user's screen.
    instance.unmount()
    stdout.write((mouse ? MOUSE_OFF : '') + LEAVE)
  }
  process.once('exit', leave)
  return { instance, leave }
}
