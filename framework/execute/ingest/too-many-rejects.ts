/** Refuses a read of a source if too many lines were rejected. */
import { LakeError } from '../../errors.ts'
import type { ResolvedSource } from '../../graph/resolved-asset.ts'
import { encodeRejects, failedReadPath, firstRejects, placeOf, type RejectedLine } from '../../ingest/rejects.ts'
import { count, counted } from '../../text/counted.ts'
import { printableLine } from '../../text/printable.ts'
import type { StepContext } from '../step-context.ts'

interface CountedLines {
  /** Number of rows and rejected lines. */
  readonly lines: number
  readonly rejected: number
  /** Sorted by file and line. */
  readonly rejects: readonly RejectedLine[]
}

/**
 * Throws `source-broken` if more lines were rejected than `maxRejected` allows. Keeps some of them
 * for `lake rejects` to show.
 */
export async function refuseTooManyRejects(
  { lake }: Pick<StepContext, 'lake'>,
  { key, declared }: ResolvedSource,
  { lines, rejected, rejects }: CountedLines,
): Promise<void> {
  if (rejected <= declared.maxRejected * lines) return
  const share = `${((100 * rejected) / lines).toFixed(1)} %`
  // Only `lake rejects` reads these lines. If they cannot be kept, the broken source is still the
  // error to report.
  await lake.put(failedReadPath(key), encodeRejects(firstRejects(rejects))).catch(() => undefined)
  const sample = rejects.slice(0, 5)
  const [first = '', ...others] = sample.map((reject) => printableLine(`${placeOf(reject)}: ${reject.reason}`))
  const allowed = `maxRejected allows ${Number((100 * declared.maxRejected).toPrecision(6))} %`
  const cause = declared.rows ? 'the rows function' : 'the files'
  throw new LakeError('source-broken', {
    problem: `${key}: ${count(rejected)} of ${counted(lines, 'line')} (${share}) ${rejected === 1 ? 'was' : 'were'} refused, and ${allowed}. Nothing was published`,
    remedy: [
      `Correct ${cause}, or raise maxRejected in ${declared.file ?? 'its declaration'}. `,
      `\`lake rejects ${key}\` lists the lines, the first of which is ${first}`,
      ...others.map((line) => `\n  ${line}`),
    ].join(''),
    asset: key,
    details: { rejected, lines, maxRejected: declared.maxRejected, sample },
  })
}
