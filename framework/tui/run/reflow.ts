/** Says where lines are after a terminal has changed its width. */
import { stripVTControlCharacters } from 'node:util'
import { cellsOf } from '../../report/layout/display-width.ts'

/**
 * Counts the rows that lines take in a terminal that has become this wide, and has wrapped those
 * that are too long now.
 */
export function rowsAfterResize(lines: readonly string[], width: number): number {
  const rows = (line: string) => Math.max(1, Math.ceil(cellsOf(stripVTControlCharacters(line)) / Math.max(1, width)))
  return lines.reduce((sum, line) => sum + rows(line), 0)
}

/**
 * Whether the terminal wraps old lines when it becomes narrower. xterm, screen and Linux's own cut
 * them.
 */
export const wrapsOldLines = ({ TERM, XTERM_VERSION, STY }: NodeJS.ProcessEnv): boolean =>
  XTERM_VERSION === undefined && STY === undefined && TERM !== 'linux'
