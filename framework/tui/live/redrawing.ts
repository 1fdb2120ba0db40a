/** Draws a screen again at intervals, and when the size of its terminal changes. */

/**
 * Minimum pause, as a multiple of the duration of the last drawing, so that a slow terminal gets
 * few drawings.
 */
const PAUSE = 10

/**
 * Draws at intervals and not for each event, because ten thousand assets would give as many frames.
 * Returns a function that ends the drawing.
 */
export function redrawing(stdout: NodeJS.WriteStream, everyMs: () => number, draw: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const later = (pause: number) => {
    timer = setTimeout(again, pause)
  }
  const again = () => {
    clearTimeout(timer)
    const beganAt = performance.now()
    draw()
    later(Math.max(everyMs(), PAUSE * (performance.now() - beganAt)))
  }
  stdout.on('resize', again)
  later(everyMs())
  return () => {
    clearTimeout(timer)
    stdout.off('resize', again)
  }
}
