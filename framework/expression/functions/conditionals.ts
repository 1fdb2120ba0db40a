/** Functions that choose among values. */
import type { ScalarFunction } from '../function.ts'
import { ANY_KIND, EVERY_KIND, TEXT } from '../value-type.ts'

export const CONDITIONALS: readonly ScalarFunction[] = [
  {
    kind: 'scalar',
    name: 'coalesce',
    parameters: [{ name: 'values', kinds: ANY_KIND, rest: true, common: true }],
    result: ([first]) => first?.type ?? TEXT,
    nulls: (args) => args.every(({ nullable }) => nullable),
    meaning: 'The first value that is not null; null if all are null.',
    sql: 'coalesce($*)',
  },
  {
    kind: 'scalar',
    name: 'null_if',
    parameters: [
      { name: 'value', kinds: EVERY_KIND, common: true },
      { name: 'other', kinds: EVERY_KIND, common: true },
    ],
    result: ([value]) => value?.type ?? TEXT,
    nulls: 'always',
    meaning: 'The value, or null if it equals `other`.',
    sql: 'nullif($1, $2)',
  },
  {
    kind: 'scalar',
    name: 'iff',
    parameters: [
      { name: 'condition', kinds: ['boolean'] },
      { name: 'yes', kinds: ANY_KIND, common: true },
      { name: 'no', kinds: ANY_KIND, common: true },
    ],
    result: ([, yes]) => yes?.type ?? TEXT,
    nulls: ([, yes, no]) => yes?.nullable !== false || no?.nullable !== false,
    meaning: '`yes` if the condition holds, `no` if it does not hold or is null.',
    sql: 'CASE WHEN $1 THEN $2 ELSE $3 END',
  },
]
