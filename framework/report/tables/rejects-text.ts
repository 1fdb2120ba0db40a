import type { RejectedLine } from '../../ingest/rejects.ts'
import { printable } from '../../text/printable.ts'
import { cut } from '../layout/display-width.ts'
import { age, count, counted } from '../layout/format-numbers.ts'
import type { Page } from '../layout/page.ts'

export interface FailedRead {
  readonly runId: string
  readonly at: string
}

export interface Rejects {
  readonly key: string
  /** All of them or the first ones. */
  readonly rejects: readonly RejectedLine[]
  readonly total: number
  /** The run that refused them and published nothing, when that is what they are of; else they are of the newest version. */
  readonly failedRead?: FailedRead & {
    /** What shows the run. */
    readonly command: string
  }
}

/** What `lake rejects SOURCE` prints: where each refused line stands and why it was refused, and below it the line itself. */
export function rejectsText({ key, rejects, total, failedRead }: Rejects, { width, paint, now }: Page): string {
  if (total === 0) return `No line of ${key} was refused.`
  const lines = rejects.flatMap(({ file, line, reason, text }) => [
    `${paint(`${printable(file)}:${line}`, 'strong')}  ${paint(printable(reason), 'warn')}`,
    cut(`    ${oneLine(text)}`, width),
  ])
  const shown = rejects.length < total ? `; ${count(rejects.length)} shown, --limit N shows more` : ''
  const read = failedRead
    ? `${counted(total, 'line')} of ${key} refused by the read that failed ${age(new Date(failedRead.at), now)}${shown}. ` +
      `Nothing of it was published (${failedRead.command}).`
    : `${counted(total, 'line')} of ${key} refused${shown}.`
  return [...lines, '', read].join('\n')
}

/** A refused line may hold line breaks where its source's reader does not end a line. */
const oneLine = (text: string): string => printable(text.replaceAll('\n', '\u2424'))
