/** Writes to standard output and standard error, whose readers can end while a command works. */
import { printableOutput } from '../text/printable.ts'

let problem: Error | undefined
let closed = false

/**
 * Keeps the command working when its output cannot be written. A reader such as `head` closes the
 * pipe when it has seen enough: that ends only the printing. Any other failure, such as a full
 * disk, is returned by `outputProblem`.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (stream === process.stdout) closed = true
      if (error.code !== 'EPIPE') problem ??= error
    })
  }
}

/** Why output could not be written; undefined if only a reader closed the pipe. */
export const outputProblem = (): Error | undefined => problem

/**
 * Writes to standard output as fast as it is read, until `text` ends or the reader closes the pipe.
 * A file or a pipe gets the text as it is. A terminal gets it without control characters.
 */
export async function printAll(text: AsyncIterable<string>): Promise<void> {
  const shown = process.stdout.isTTY ? printableOutput : (piece: string) => piece
  for await (const piece of text) {
    if (closed) return
    if (!process.stdout.write(shown(piece))) await drained()
  }
}

/** Also resumes when the reader has closed the pipe, because the stream then never drains. */
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
