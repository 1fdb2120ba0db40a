/** Prints the refused lines of a source. */
import { placeOf, type RejectedLine, WHOLE_FILE } from '../../ingest/rejects.ts'
import { printable } from '../../text/printable.ts'
import { cut } from '../layout/display-width.ts'
import { age, count, counted } from '../layout/format-numbers.ts'
import type { Page } from '../layout/page.ts'

interface FailedRead {
  readonly runId: string
  readonly at: string
}

export interface Rejects {
  readonly key: string
  /** All refused lines, or the first ones. */
  readonly rejects: readonly RejectedLine[]
  readonly total: number
  /**
   * The run that refused the lines and published nothing. Missing if the lines belong to the newest
   * version.
   */
  readonly failedRead?: FailedRead & {
    /** The command that shows the run. */
    readonly command: string
  }
}

/**
 * Writes the file, the number and the reason of each refused line, and below it the line itself.
 */
export function rejectsText({ key, rejects, total, failedRead }: Rejects, { width, paint, now }: Page): string {
  if (total === 0) return `No line of ${key} was refused.`
  const lines = rejects.flatMap((reject) => [
    `${paint(printable(placeOf(reject)), 'strong')}  ${paint(printable(reject.reason), 'warn')}`,
    ...(reject.line === WHOLE_FILE ? [] : [cut(`    ${oneLine(reject.text)}`, width)]),
  ])
  const shown = rejects.length < total ? `; ${count(rejects.length)} shown, --limit N shows more` : ''
  const read = failedRead
    ? `${counted(total, 'line')} of ${key} refused by the read that failed ${age(new Date(failedRead.at), now)}${shown}. ` +
      `That read published nothing (${failedRead.command}).`
    : `${counted(total, 'line')} of ${key} refused${shown}.`
  return [...lines, '', read].join('\n')
}

/**
 * Makes line breaks inside a refused line visible, because some formats do not take them as its
 * end.
 */
const oneLine = (text: string): string => printable(text.replaceAll('\n', '\u2424'))
