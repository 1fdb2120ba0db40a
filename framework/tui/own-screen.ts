/** Lends a view the whole terminal: when it leaves, the terminal shows what it showed before. */
import type { Instance } from 'ink'

const ENTER = '\u001b[?1049h\u001b[H'
const LEAVE = '\u001b[?1049l'
const CLEAR = '\u001b[2J\u001b[H'

export interface OwnScreen {
  /** Unmounts the view and gives the terminal back, once. */
  leave(): void
}

/** `mount` draws the view. The terminal is also given back when the process ends without that. */
export function takeScreen(
  stdout: NodeJS.WriteStream,
  mount: () => Instance,
): OwnScreen & { readonly instance: Instance } {
  stdout.write(ENTER)
  // Lines of another width may have been broken anew. First of all, as Ink draws the new frame on the same event.
  const clear = () => void stdout.write(CLEAR)
  stdout.prependListener('resize', clear)
  const instance = mount()
  let left = false
  const leave = () => {
    if (left) return
    left = true
    stdout.off('resize', clear)
    process.off('exit', leave)
    // Ink draws once more when it ends: before the screen is given back, or its last frame would stand on the user's own.
    instance.unmount()
    stdout.write(LEAVE)
  }
  process.once('exit', leave)
  return { instance, leave }
}
