/** The function that gives a row for each value of a range. */
import { type RefusalWithRemedy, refused } from '../../../refusal.ts'
import { count } from '../../../text/counted.ts'
import { constantNumber } from '../../constant.ts'
import type { Expression } from '../../expression.ts'
import type { Parameter, SeriesFunction } from '../../function.ts'
import { MAX_VALUES, type SeriesStep } from '../../series.ts'
import { DATE, INTEGERS } from '../../value-type.ts'
import { UNITS, unitOf, unitProblem } from './times.ts'

const END: Omit<Parameter, 'name'> = { kinds: ['date', 'timestamp', ...INTEGERS], common: true }

/** Greatest step between whole numbers. */
const MAX_STEP = 2 ** 31 - 1

export const SERIES: readonly SeriesFunction[] = [
  {
    kind: 'series',
    name: 'series',
    parameters: [
      { ...END, name: 'from' },
      { ...END, name: 'to' },
      { name: 'step', kinds: ['text', 'int'], constant: true, optional: true },
    ],
    result: ([from, , step]) => stepProblem(from, step) ?? from?.type ?? DATE,
    nulls: 'never',
    meaning: `A row for each value from \`from\` to \`to\`, both included, instead of the row; the other columns are the same in all of them. No row if \`from\` is after \`to\` or one of them is null. The step of dates and timestamps is a unit: the value at index i, from 0, is \`fn.addTo(from, i, unit)\`, so that a month after 31 January is the last day of February, and two months after it is 31 March. ${UNITS} Days and hours are those of UTC; the days of a zone are a series of dates there, as \`fn.toDate(fn.toZone(at, zone))\` gives them. The step of whole numbers is a number, by default 1. The query fails if a row gives more than ${count(MAX_VALUES)} values. It is an output of its own, one in a select, without groups, aggregates or windows beside it.`,
  },
]

/** The step of a call that has been checked. */
export function stepOf(from: Expression, step: Expression | undefined): SeriesStep {
  return isTime(from) ? { kind: 'time', unit: unitOf(step) } : { kind: 'number', by: step ? constantNumber(step) : 1 }
}

function stepProblem(from: Expression | undefined, step: Expression | undefined): RefusalWithRemedy | undefined {
  if (!from || isTime(from)) return unitProblem(step, from?.type, 'series')
  const by = step ? constantNumber(step) : 1
  if (by >= 1 && by <= MAX_STEP) return undefined
  return refused(
    'fn.series of whole numbers has a step that is no whole number of 1 or more',
    'give such a number, or leave the step out for 1',
  )
}

const isTime = ({ type }: Expression): boolean => type.kind === 'date' || type.kind === 'timestamp'
