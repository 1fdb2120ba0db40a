/** Standard output and standard error, whose readers may go while a command is at work. */
import { printableOutput } from '../text/printable.ts'

let problem: Error | undefined
let closed = false

/**
 * A reader that has seen enough, such as `head`, closes the pipe: that ends the printing and not the work. What else keeps output from being
 * written, such as a full disk, does not end it either, but is told at the end by `outputProblem`.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (stream === process.stdout) closed = true
      if (error.code !== 'EPIPE') problem ??= error
    })
  }
}

/** What kept output from being written, a reader that has gone aside. */
export const outputProblem = (): Error | undefined => problem

/**
 * Writes to standard output as fast as it is read, until `text` ends or nobody reads it any more. A file or a pipe gets the text as it is; a
 * terminal must not follow what is in it.
 */
export async function printAll(text: AsyncIterable<string>): Promise<void> {
  const shown = process.stdout.isTTY ? printableOutput : (piece: string) => piece
  for await (const piece of text) {
    if (closed) return
    if (!process.stdout.write(shown(piece))) await drained()
  }
}

/** Nothing that was written to a reader that has gone is ever drained. */
function drained(): Promise<void> {
  return new Promise((resume) => {
    const settled = () => {
      process.stdout.off('drain', settled).off('error', settled)
      resume()
    }
    process.stdout.on('drain', settled).on('error', settled)
    if (closed) settled()
  })
}
