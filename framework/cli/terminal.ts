import { colourPaint, type Page, plainPaint } from '../report/page.ts'
import type { GlobalFlags } from './project.ts'

/** Where a command says what it says: documents on standard output, messages for people on standard error. */
export interface Terminal {
  readonly cwd: string
  /** A person is looking at standard output, and can type. */
  readonly interactive: boolean
  /** How standard output is written to; without an end of the line where it is no terminal. */
  page(): Page
  out(text: string): void
  note(text: string): void
}

export function openTerminal(flags: Pick<GlobalFlags, 'color' | 'json'>): Terminal {
  const { stdout, stdin, env } = process
  const interactive = stdout.isTTY === true && stdin.isTTY === true && env.TERM !== 'dumb' && !env.CI && !flags.json
  return {
    cwd: process.cwd(),
    interactive,
    page: () => ({
      width: stdout.isTTY ? stdout.columns : Number.POSITIVE_INFINITY,
      paint: flags.color !== false && stdout.isTTY && !env.NO_COLOR ? colourPaint : plainPaint,
      now: new Date(),
    }),
    out: (text) => void stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    note: (text) => void process.stderr.write(text.endsWith('\n') ? text : `${text}\n`),
  }
}

/** One document. A bigint is a string, whatever its size, so that a field has one type. */
export function toJson(document: unknown): string {
  return JSON.stringify(document, (_, value) => (typeof value === 'bigint' ? String(value) : value))
}
