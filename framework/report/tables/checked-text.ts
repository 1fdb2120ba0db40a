/** Prints the results of `lake check`. */
import { describeFailure } from '../../engine/check-failure.ts'
import type { Checked } from '../../maintain/check-tables.ts'
import { counted } from '../layout/format-numbers.ts'
import type { Page, Tone } from '../layout/page.ts'
import { indented } from '../run/run-text.ts'

const TONES: Readonly<Record<Checked['result'], Tone>> = {
  passed: 'good',
  warned: 'warn',
  failed: 'bad',
  'not-checked': 'bad',
}

/** Writes one line for the asset, and below it the checks that its rows fail. */
export function checkedText(checked: Checked, { paint }: Page): string {
  const { key, result, run, version, checks, error } = checked
  const facts = version === null ? '' : `  ${counted(run, 'check')} over version ${version}`
  const details = [...checks.map((failure) => describeFailure(key, failure)), ...(error ? [error.message] : [])]
  return [`${key}  ${paint(result, TONES[result])}${facts}`, ...details.flatMap(indented)].join('\n')
}

/** Counts the assets by result: `5 assets: 4 passed, 1 failed.` */
export function checkSummary(checked: readonly Checked[]): string {
  if (checked.length === 0) return 'Nothing to check: no selected asset has been built.'
  const results = ['failed', 'not-checked', 'warned', 'passed'] as const
  const counts = results.flatMap((result) => {
    const number = checked.filter((one) => one.result === result).length
    return number > 0 ? [`${number} ${result}`] : []
  })
  return `${counted(checked.length, 'asset')}: ${counts.join(', ')}.`
}
