/** Draws lines that change at the end of what a terminal shows, below lines that stay. */
import { movesCursorDown, wrappedRows } from './reflow.ts'

export interface LiveLines {
  /** Adds lines that stay, and draws others below them in place of those of the last call. */
  draw(added: readonly string[], lines: readonly string[]): void
  /** Restores the terminal. What is drawn stays. Further calls do nothing. */
  close(): void
}

const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
/**
 * To the start of the line, and erases all from there. tmux would scroll what is erased away, and
 * so keep it, if the cursor were in the first column of the first row.
 */
const ERASE = '\r \u001b[J\r\u001b[K'
/** Terminals show what is between these at once. */
const BEGIN = '\u001b[?2026h'
const END = '\u001b[?2026l'
/** A terminal that does not wrap cuts the line at its edge. */
const CUT = '\u001b[?7l'
const WRAP = '\u001b[?7h'
const SAVE_CURSOR = '\u001b7'
const RESTORE_CURSOR = '\u001b8'
const BOTTOM = '\u001b[9999B'

type Write = NodeJS.WriteStream['write']

/**
 * Leaves the cursor at the first line that changes. When its width changes, a terminal wraps old
 * lines or cuts them, and may tell it late. It moves the cursor with the line in either case, so
 * the program can erase all from the cursor on. The terminal cuts the lines, so that each is one
 * row at any width, and as many rows up as there are lines stands the first.
 *
 * Text that other code writes meanwhile is put above the lines.
 */
export function openLiveLines(stdout: NodeJS.WriteStream, env: NodeJS.ProcessEnv): LiveLines {
  const write: Write = stdout.write.bind(stdout)
  let shown: readonly string[] = []
  let isOpen = true
  const put = (text: string) => {
    write(BEGIN + ERASE + text + (shown.length > 0 ? drawn(shown, env) : '') + END)
  }
  let width = stdout.columns
  const resized = () => {
    const drift = movesCursorDown(env) && stdout.columns < width ? wrappedRows(shown, stdout.columns) - shown.length : 0
    width = stdout.columns
    if (drift > 0) write(`\u001b[${drift}A`)
  }
  const restore = [stdout, process.stderr].filter(({ isTTY }) => isTTY).map((stream) => divert(stream, put))
  const suspend = () => {
    write(ERASE + SHOW_CURSOR)
    process.kill(process.pid, 'SIGSTOP')
  }
  const resume = () => {
    write(HIDE_CURSOR)
    put('')
  }
  const close = () => {
    if (!isOpen) return
    isOpen = false
    for (const undo of restore) undo()
    stdout.off('resize', resized)
    process.off('SIGTSTP', suspend).off('SIGCONT', resume).off('exit', close)
    write('\r\n'.repeat(shown.length) + SHOW_CURSOR)
  }
  stdout.prependListener('resize', resized)
  process.on('SIGTSTP', suspend).on('SIGCONT', resume).once('exit', close)
  write(HIDE_CURSOR)
  return {
    draw: (added, lines) => {
      shown = lines
      put(added.map((line) => `${line}\r\n`).join(''))
    },
    close,
  }
}

/** Draws the lines, and returns to the first row of what is erased before they are drawn again. */
function drawn(lines: readonly string[], { TMUX }: NodeJS.ProcessEnv): string {
  const text = CUT + lines.join('\r\n')
  const up = lines.length > 1 ? `\u001b[${lines.length - 1}A\r` : '\r'
  if (TMUX === undefined) return text + WRAP + up
  // When tmux wraps lines, it scrolls as many rows away at the top as it adds, although rows at the
  // bottom are empty. At the bottom, the lines are the last to be scrolled away.
  const room = '\r\n'.repeat(lines.length - 1) + up
  return room + SAVE_CURSOR + BOTTOM + up + text + RESTORE_CURSOR + WRAP
}

/** Hands the text that is written to the stream to `put`, until the returned function is called. */
function divert(stream: NodeJS.WriteStream, put: (text: string) => void): () => void {
  const { write } = stream
  const diverted = (text: string | Uint8Array, ...others: readonly unknown[]) => {
    const whole = typeof text === 'string' ? text : Buffer.from(text).toString()
    put(whole.endsWith('\n') || whole === '' ? whole : `${whole}\r\n`)
    const written = others.at(-1)
    if (typeof written === 'function') process.nextTick(written)
    return true
  }
  stream.write = diverted as Write
  return () => {
    stream.write = write
  }
}
