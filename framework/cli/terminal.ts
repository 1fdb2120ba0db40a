/** Prints the results of commands on standard output, and notes on standard error. */
import { colourPaint, type Page, plainPaint } from '../report/layout/page.ts'
import { printableOutput } from '../text/printable.ts'
import { withoutKnownSecrets } from '../text/redact.ts'
import type { GlobalFlags } from './project/project.ts'

/** A command's result, for programs and for people. */
export interface Printed {
  /** Printed with --json. */
  readonly document: () => unknown
  /** Printed without it. */
  readonly text: (page: Page) => string
  /**
   * True if the text quotes rows, lines or files, where `lake run` is not a command. Then no flags
   * are inserted.
   */
  readonly quotesData?: true
}

export interface Terminal {
  readonly cwd: string
  /** Whether a person reads standard output and can type. */
  readonly interactive: boolean
  /** Describes standard output. Its width is infinite unless it is a terminal. */
  page(): Page
  print(printed: Printed): void
  /** Prints text. Commands that it suggests get the flags of this command. */
  out(text: string): void
  /** Prints text as it is, except for control characters and secrets. */
  data(text: string): void
  /** Prints a note on standard error. */
  note(text: string): void
  /** Puts the flags of this command into each command that the text suggests. */
  suggest(text: string): string
}

export function openTerminal(flags: GlobalFlags, suggest: (text: string) => string): Terminal {
  const { stdout, env } = process
  const isScreen = stdout.isTTY === true && env.TERM !== 'dumb' && !env.CI && !flags.json
  // Asked last: Node opens standard input as soon as `process.stdin` is read.
  const interactive = isScreen && process.stdin.isTTY === true
  const paint = flags.color !== false && stdout.isTTY && !env.NO_COLOR && env.TERM !== 'dumb' ? colourPaint : plainPaint
  const page = () => ({ width: stdout.isTTY ? stdout.columns : Number.POSITIVE_INFINITY, paint, now: new Date() })
  const data = (text: string) => void stdout.write(safeText(text))
  return {
    cwd: process.cwd(),
    interactive,
    page,
    print: ({ document, text, quotesData }) => {
      if (flags.json) data(toJson(document()))
      else data(quotesData ? text(page()) : suggest(text(page())))
    },
    out: (text) => data(flags.json ? text : suggest(text)),
    data,
    note: (text) => void process.stderr.write(safeText(suggest(text))),
    suggest,
  }
}

/** Text without secrets and control characters, with a newline at its end. */
function safeText(text: string): string {
  const shown = printableOutput(withoutKnownSecrets(text))
  return shown.endsWith('\n') ? shown : `${shown}\n`
}

/**
 * Writes a document as JSON. Each bigint becomes a string, even a small one, so that a field has
 * one type. Control characters that JSON allows in text are escaped, so that a terminal does not
 * act on them.
 */
export function toJson(document: unknown): string {
  const text = JSON.stringify(document, (_, value) => (typeof value === 'bigint' ? String(value) : value))
  return text?.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const CONTROL = /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g
