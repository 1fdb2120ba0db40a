import { colourPaint, type Page, plainPaint } from '../report/layout/page.ts'
import { printableOutput } from '../text/printable.ts'
import { withoutKnownSecrets } from '../text/redact.ts'
import type { GlobalFlags } from './project/project.ts'
import { suggesting } from './same-lake.ts'

/** Where a command says what it says: documents on standard output, messages for people on standard error. */
export interface Terminal {
  readonly cwd: string
  /** A person is looking at standard output, and can type. */
  readonly interactive: boolean
  /** How standard output is written to; without an end of the line where it is no terminal. */
  page(): Page
  /** The commands that the text suggests get the flags of this one. */
  out(text: string): void
  /** The same for documents, and what stands in tables and files: nothing is put into it. */
  data(text: string): void
  /** What `out` does to a text. */
  suggest(text: string): string
  note(text: string): void
}

export function openTerminal(flags: GlobalFlags): Terminal {
  const { stdout, stdin, env } = process
  const interactive = stdout.isTTY === true && stdin.isTTY === true && env.TERM !== 'dumb' && !env.CI && !flags.json
  const suggest = suggesting(flags)
  const data = (text: string) => void stdout.write(whole(text))
  return {
    suggest,
    data,
    cwd: process.cwd(),
    interactive,
    page: () => ({
      width: stdout.isTTY ? stdout.columns : Number.POSITIVE_INFINITY,
      paint: flags.color !== false && stdout.isTTY && !env.NO_COLOR && env.TERM !== 'dumb' ? colourPaint : plainPaint,
      now: new Date(),
    }),
    out: (text) => data(flags.json ? text : suggest(text)),
    note: (text) => void process.stderr.write(whole(suggest(text))),
  }
}

function whole(text: string): string {
  const shown = printableOutput(withoutKnownSecrets(text))
  return shown.endsWith('\n') ? shown : `${shown}\n`
}

/**
 * One document. A bigint is a string, whatever its size, so that a field has one type. Control characters that JSON allows in a text are escaped
 * all the same, so that a terminal does not follow them.
 */
export function toJson(document: unknown): string {
  const text = JSON.stringify(document, (_, value) => (typeof value === 'bigint' ? String(value) : value))
  return text?.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const CONTROL = /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g
