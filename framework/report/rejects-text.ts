import type { RejectedLine } from '../ingest/rejects.ts'
import { cut, printable } from './cells.ts'
import { count, counted } from './figures.ts'
import type { Page } from './page.ts'

export interface Rejects {
  readonly key: string
  /** All of them or the first ones. */
  readonly rejects: readonly RejectedLine[]
  readonly total: number
}

/** What `lake rejects SOURCE` prints: where each refused line stands and why it was refused, and below it the line itself. */
export function rejectsText({ key, rejects, total }: Rejects, { width, paint }: Page): string {
  if (total === 0) return `No line of ${key} was refused.`
  const lines = rejects.flatMap(({ file, line, reason, text }) => [
    `${paint(`${printable(file)}:${line}`, 'strong')}  ${paint(printable(reason), 'warn')}`,
    cut(`    ${oneLine(text)}`, width),
  ])
  const shown = rejects.length < total ? `; ${count(rejects.length)} shown, --limit N shows more` : ''
  return [...lines, '', `${counted(total, 'line')} of ${key} refused${shown}.`].join('\n')
}

/** A refused line may hold line breaks where its source's reader does not end a line. */
const oneLine = (text: string): string => printable(text.replaceAll('\n', '\u2424'))
