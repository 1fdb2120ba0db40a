/** Draws a screen again at intervals, and when its terminal changes its size. */

/** Minimum pause, as a multiple of the duration of the last drawing: a slow terminal gets few. */
const PAUSE = 10

/**
 * Draws at intervals and not for each event, because ten thousand assets would make as many frames.
 * Returns a function that ends it.
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
