/** Hides the height of the terminal from Ink. */

/**
 * Returns a stream with infinite height. If a frame is as high as the terminal, Ink clears the
 * screen and its scrollback. Our frames are lower, but a window that gets smaller makes the current
 * frame too high.
 */
export function inkStdout(stdout: NodeJS.WriteStream): NodeJS.WriteStream {
  return new Proxy(stdout, {
    get(target, name) {
      if (name === 'rows') return Number.POSITIVE_INFINITY
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
