/** The function that gives a row for each element of an array. */
import type { SeriesFunction } from '../../function.ts'
import { arrayParameter, ofArray } from './arrays.ts'

export const UNNEST: readonly SeriesFunction[] = [
  {
    kind: 'series',
    name: 'unnest',
    parameters: [arrayParameter()],
    result: ofArray(({ element }) => element),
    nulls: 'never',
    meaning:
      'A row for each element of the array, in the place of the row; the other columns are the same in all of them. An element that is null gives a row. No row if the array is empty or null. For positions, take `fn.element(array, n)` of each `n` of `fn.series(1, fn.arrayLength(array))`. It is an output of its own, one in a select, without groups, aggregates or windows beside it.',
  },
]
