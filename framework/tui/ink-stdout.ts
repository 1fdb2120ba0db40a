/** Hides the height of the terminal from Ink. */

/**
 * Returns a stream with infinite height. If a frame is as high as the terminal, Ink clears the
 * screen and its scrollback. Our frames are lower, but when a window gets smaller, the current
 * frame can be too high. Writes `before` together with the first text, so that no state between
 * them is visible.
 */
export function inkStdout(stdout: NodeJS.WriteStream, before = ''): NodeJS.WriteStream {
  let first = before
  const write = (text: string, ...others: []) => {
    const whole = first + text
    first = ''
    return stdout.write(whole, ...others)
  }
  return new Proxy(stdout, {
    get(target, name) {
      if (name === 'rows') return Number.POSITIVE_INFINITY
      if (name === 'write' && first !== '') return write
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
