/**
 * The terminal as Ink is to see it: without a last line. A frame as high as the terminal makes Ink clear the screen together with
 * everything that was scrolled out of it. Our frames are lower, but a window that gets smaller makes the one on it too high.
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
