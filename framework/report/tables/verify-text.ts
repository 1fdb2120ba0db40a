/** Prints the results of `lake verify`. */
import type { DifferingRows } from '../../maintain/trace-differences.ts'
import type { Verification } from '../../maintain/verify.ts'
import { printable } from '../../text/printable.ts'
import { count, counted } from '../layout/format-numbers.ts'
import type { Page, Tone } from '../layout/page.ts'
import { rowText } from '../layout/row-text.ts'

const LABELS: Readonly<Record<Verification['result'], readonly [label: string, tone: Tone]>> = {
  equal: ['equal', 'good'],
  different: ['different', 'bad'],
  'not-verified': ['not verified', 'warn'],
}

/** Writes the result of one asset. Pads the key to `keyWidth` characters. */
export function verificationText(verification: Verification, keyWidth: number, page: Page): string {
  const [label, tone] =
    verification.result === 'not-verified' && verification.error ? FAILED : LABELS[verification.result]
  const head = `${verification.key.padEnd(keyWidth)}  ${page.paint(label.padEnd(12), tone)}`
  switch (verification.result) {
    case 'equal':
      return `${head}  ${counted(verification.rows, 'row')} of version ${verification.version}`
    case 'different':
      return [`${head}  ${describeDifferences(verification)}`, ...sampleLines(verification, page)].join('\n')
    case 'not-verified':
      return `${head}  ${printable(verification.why)}`
  }
}

const FAILED: readonly [string, Tone] = ['failed', 'bad']

function describeDifferences({ missing, extra, rows, version, since, madeBy }: DifferingRows): string {
  const parts = [
    ...(missing > 0 ? [`${counted(missing, 'row')} missing`] : []),
    ...(extra > 0 ? [`${counted(extra, 'row')} too many`] : []),
  ]
  const origin = since
    ? `; since version ${since.version} (${printable(since.operation)}${since.runId === null ? '' : ` of run ${since.runId}`})`
    : ''
  const engines =
    madeBy === null
      ? ''
      : `; ${printable(madeBy)} built the version, and the embedded engine gives other rows: the engines disagree`
  return `${parts.join(', ')}, of ${count(rows)} in version ${version}${origin}${engines}`
}

function sampleLines({ sample }: DifferingRows, { width }: Page): readonly string[] {
  return sample.map(({ difference, row, sinceVersion }) => {
    const since = sinceVersion === null ? '' : `since ${sinceVersion}`
    return `    ${difference.padEnd(7)}  ${since.padEnd(9)}  ${rowText(row, { width: width - 24 })}`
  })
}

/** Counts the assets by result: `5 assets: 4 equal, 1 different.` */
export function verifySummary(verifications: readonly Verification[]): string {
  if (verifications.length === 0) return 'Nothing to verify: no selected asset has been built.'
  const results = (['equal', 'different', 'not-verified'] as const).flatMap((result) => {
    const number = verifications.filter((verification) => verification.result === result).length
    return number > 0 ? [`${count(number)} ${LABELS[result][0]}`] : []
  })
  return `${counted(verifications.length, 'asset')}: ${results.join(', ')}.`
}
