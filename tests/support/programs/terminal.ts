/** Runs the built program in a real pseudo-terminal. A test reads its screen and types into it. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { python } from '../python/python.ts'
import { PROGRAM, ROOT } from './lake-process.ts'

/**
 * The Python that runs terminals. Undefined if Python is missing; the tests of terminals are then
 * skipped.
 */
export const TERMINALS = python('no terminal is tried')

export interface TerminalOptions {
  readonly columns: number
  readonly rows: number
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /**
   * Whether the terminal wraps old lines when it gets narrower, as most terminals do. xterm cuts
   * them.
   */
  readonly wraps?: boolean
}

/** What a terminal shows. */
export interface Shown {
  readonly lines: readonly string[]
  /** The colours of the letters in each line, without the default colour. */
  readonly colours: readonly (readonly string[])[]
  /** The lines that were scrolled out of the main screen, oldest first. */
  readonly scrollback: readonly string[]
  /** Whether the program draws on the alternate screen, which the terminal forgets afterwards. */
  readonly alternate: boolean
  /** Whether the program receives clicks and the wheel. */
  readonly mouse: boolean
  /** Whether the cursor can be seen. */
  readonly cursor: boolean
}

export interface PseudoTerminal {
  /** What the terminal shows now. Its lines have no trailing spaces. */
  screen(): Shown
  /**
   * Resolves when `isThere` returns true for the screen. Rejects if the program ends before, or
   * after LONGEST_WAIT_MS.
   */
  until(isThere: (screen: Shown) => boolean): Promise<Shown>
  /** Resolves when a line of the screen matches. */
  shows(text: string | RegExp): Promise<Shown>
  press(keys: string): void
  resize(columns: number, rows: number): void
  /** The exit status. If a signal ended the program, it is minus the number of the signal. */
  readonly ended: Promise<number>
}

/** Ends a program that hangs, and shows its screen. No slow machine takes this long. */
const LONGEST_WAIT_MS = 300_000

const NOTHING: Shown = { lines: [], colours: [], scrollback: [], alternate: false, mouse: false, cursor: true }

/** Starts the program in a terminal. It is killed at the end of the test that started it. */
export function openPseudoTerminal(args: readonly string[], options: TerminalOptions): PseudoTerminal {
  const { columns, rows, cwd = ROOT, env, wraps = false } = options
  if (TERMINALS === undefined) throw new Error('python3 is missing')
  const terminal = [
    join(ROOT, 'tests/support/python/terminal.py'),
    String(columns),
    String(rows),
    wraps ? 'wrap' : 'cut',
  ]
  // Programs treat the terminal as that of a CI server even if CI is set but empty. TMUX is removed
  // because this terminal is not tmux.
  const { CI: _, NO_COLOR: __, TMUX: ___, ...inherited } = process.env
  const child = spawn(TERMINALS, [...terminal, process.execPath, PROGRAM, ...args], {
    cwd,
    env: { ...inherited, TERM: 'xterm-256color', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  // terminal.py kills the program when its own standard input ends.
  onTestFinished(() => void child.stdin.end())
  let shown = NOTHING
  const watchers = new Set<() => void>()
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    createInterface({ input: child.stdout })
      .on('line', (line) => {
        const document: Shown | { readonly status: number } = JSON.parse(line)
        if ('status' in document) return resolve(document.status)
        shown = { ...document, lines: document.lines.map((text) => text.trimEnd()) }
        for (const look of watchers) look()
      })
      .once('close', () => reject(new Error('terminal.py ended early')))
  })
  ended.catch(() => undefined)
  const until = (isThere: (screen: Shown) => boolean) =>
    new Promise<Shown>((resolve, reject) => {
      const look = () => {
        if (!isThere(shown)) return
        watchers.delete(look)
        clearTimeout(limit)
        resolve(shown)
      }
      const over = (why: string) =>
        reject(new Error(`${why} on a screen that never appeared:\n${shown.lines.join('\n')}`))
      const limit = setTimeout(() => over('waited in vain'), LONGEST_WAIT_MS)
      ended.then((status) => over(`ended with ${status}`), over)
      watchers.add(look)
      look()
    })
  const send = (order: object) => void child.stdin.write(`${JSON.stringify(order)}\n`)
  return {
    screen: () => shown,
    until,
    shows: (text) =>
      until(({ lines }) => lines.some((line) => (typeof text === 'string' ? line.includes(text) : text.test(line)))),
    press: (press) => send({ press }),
    resize: (newColumns, newRows) => send({ resize: [newColumns, newRows] }),
    ended,
  }
}
