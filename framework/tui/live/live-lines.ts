/** Draws changing lines at the end of a terminal's text, below lines that stay. */
import { movesCursorDown, wrappedRows } from './reflow.ts'

interface LiveLines {
  /**
   * Adds lines that stay, and draws others below them, in place of the lines drawn by the last
   * call.
   */
  draw(added: readonly string[], lines: readonly string[]): void
  /** Restores the terminal. What was drawn stays. Later calls have no effect. */
  close(): void
}

const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
/**
 * Goes to the start of the line, and erases everything from there. If it erased from the first
 * column of the first row, tmux would keep the erased text in its history.
 */
const ERASE = '\r \u001b[J\r\u001b[K'
/** Terminals show the text between these two codes at once. */
const BEGIN = '\u001b[?2026h'
const END = '\u001b[?2026l'
/** With this code, a terminal cuts a line at its edge instead of wrapping it. */
const CUT = '\u001b[?7l'
const WRAP = '\u001b[?7h'
const SAVE_CURSOR = '\u001b7'
const RESTORE_CURSOR = '\u001b8'
const BOTTOM = '\u001b[9999B'

type Write = NodeJS.WriteStream['write']

/**
 * Draws the lines, and leaves the cursor at the first of them. A terminal whose width changes wraps
 * or cuts old lines, possibly before the program learns of the change. In either case, the terminal
 * moves the cursor with its line, so the program can erase everything from the cursor on. Lines are
 * cut by the terminal, so each is one row at any width, and their number is the number of rows.
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

/**
 * Draws the lines, and returns to the first row that has to be erased before they are drawn again.
 */
function drawn(lines: readonly string[], { TMUX }: NodeJS.ProcessEnv): string {
  const text = CUT + lines.join('\r\n')
  const up = lines.length > 1 ? `\u001b[${lines.length - 1}A\r` : '\r'
  if (TMUX === undefined) return text + WRAP + up
  // When tmux wraps lines, it scrolls as many rows away at the top as it adds, even if rows at the
  // bottom are empty. Lines at the bottom are the last to be scrolled away.
  const room = '\r\n'.repeat(lines.length - 1) + up
  return room + SAVE_CURSOR + BOTTOM + up + text + RESTORE_CURSOR + WRAP
}

/** Passes text that is written to the stream to `put`, until the returned function is called. */
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
