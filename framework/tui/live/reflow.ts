/** Computes what terminals do with lines when they get narrower. */
import { stripVTControlCharacters } from 'node:util'
import { cellsOf } from '../../report/layout/display-width.ts'

/** Minimum width of a terminal at which no remains of lines are left when it gets narrower. */
const NARROWEST = 40

/** Counts the rows that lines take in a terminal of this width that wraps them. */
export function wrappedRows(lines: readonly string[], width: number): number {
  const rows = (line: string) => Math.max(1, Math.ceil(cellsOf(stripVTControlCharacters(line)) / Math.max(1, width)))
  return lines.reduce((sum, line) => sum + rows(line), 0)
}

/**
 * Returns the lines for the greatest height at which they fit into `rows` rows even if the terminal
 * gets as narrow as `NARROWEST`. Lines that scroll away cannot be erased.
 */
export function fittingWhenWrapped(
  linesAt: (height: number) => readonly string[],
  { most, rows }: { readonly most: number; readonly rows: number },
): readonly string[] {
  for (let height = most; ; height -= 1) {
    const lines = linesAt(height)
    if (height <= 1 || wrappedRows(lines, NARROWEST) <= rows) return lines
  }
}

/**
 * Whether the terminal moves the cursor down when it wraps lines below it. xterm.js does, which VS
 * Code uses. All others move the cursor with its line.
 */
export const movesCursorDown = ({ TERM_PROGRAM, TMUX, STY }: NodeJS.ProcessEnv): boolean =>
  TERM_PROGRAM === 'vscode' && TMUX === undefined && STY === undefined
