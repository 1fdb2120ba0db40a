/** Comparisons and logic, three-valued as in SQL: a comparison with null is null. */
import type { Parameter, ScalarFunction } from '../function.ts'
import { ANY_KIND, BOOLEAN, EVERY_KIND, TEXT } from '../value-type.ts'
import { LIKE } from './text/texts.ts'

const side = (name: string): Parameter => ({ name, kinds: EVERY_KIND })

function comparison(name: string, operator: string, meaning: string): ScalarFunction {
  return {
    kind: 'operator',
    name,
    parameters: [side('left'), side('right')],
    result: BOOLEAN,
    nulls: 'argument',
    meaning,
    sql: `($1 ${operator} $2)`,
  }
}

const logic = (name: 'and' | 'or', meaning: string): ScalarFunction => ({
  kind: 'operator',
  name,
  parameters: [{ name: 'conditions', kinds: ['boolean'], rest: true }],
  result: BOOLEAN,
  nulls: 'argument',
  meaning,
  sql: (args) => `(${args.join(` ${name.toUpperCase()} `)})`,
})

const ORDER =
  'Numbers compare by value, NaN equals itself and is above all others, text compares by its UTF-8 bytes, bytes compare as unsigned numbers and a prefix is before longer bytes, and false is before true.'

export const COMPARISONS: readonly ScalarFunction[] = [
  comparison('=', '=', `Whether the sides are equal. ${ORDER}`),
  comparison('<>', '<>', 'Whether the sides differ.'),
  comparison('<', '<', `Whether the left comes before the right. ${ORDER}`),
  comparison('<=', '<=', 'Whether the left does not come after the right.'),
  comparison('>', '>', 'Whether the left comes after the right.'),
  comparison('>=', '>=', 'Whether the left does not come before the right.'),
  {
    ...comparison(
      'is distinct from',
      'IS DISTINCT FROM',
      'Whether the sides differ. Null-safe: null equals null, and the result is never null.',
    ),
    nulls: 'never',
  },
  {
    ...comparison(
      'is not distinct from',
      'IS NOT DISTINCT FROM',
      'Whether the sides are equal. Null-safe: null equals null, and the result is never null.',
    ),
    nulls: 'never',
  },
  {
    kind: 'operator',
    name: 'in',
    parameters: [side('value'), { name: 'options', kinds: EVERY_KIND, rest: true }],
    result: BOOLEAN,
    nulls: 'argument',
    meaning: 'Whether the value equals one of the options; false if there are none.',
    sql: ([value, ...options]) => `(${value} IN (${options.join(', ')}))`,
  },
  {
    kind: 'operator',
    name: 'is null',
    parameters: [{ name: 'value', kinds: ANY_KIND }],
    result: BOOLEAN,
    nulls: 'never',
    meaning: 'Whether the value is null.',
    sql: '($1 IS NULL)',
  },
  {
    kind: 'operator',
    name: 'is not null',
    parameters: [{ name: 'value', kinds: ANY_KIND }],
    result: BOOLEAN,
    nulls: 'never',
    meaning: 'Whether the value is not null.',
    sql: '($1 IS NOT NULL)',
  },
  {
    kind: 'operator',
    name: 'is true',
    parameters: [{ name: 'condition', kinds: ['boolean'] }],
    result: BOOLEAN,
    nulls: 'never',
    meaning: 'Whether the condition is true; false if it is null.',
    sql: '($1 IS TRUE)',
  },
  {
    kind: 'operator',
    name: 'is false',
    parameters: [{ name: 'condition', kinds: ['boolean'] }],
    result: BOOLEAN,
    nulls: 'never',
    meaning: 'Whether the condition is false; false if it is null.',
    sql: '($1 IS FALSE)',
  },
  logic('and', 'Whether all conditions hold: false if one is false, else null if one is null, else true.'),
  logic('or', 'Whether one of the conditions holds: true if one is true, else null if one is null, else false.'),
  {
    kind: 'operator',
    name: 'not',
    parameters: [{ name: 'condition', kinds: ['boolean'] }],
    result: BOOLEAN,
    nulls: 'argument',
    meaning: 'Whether the condition does not hold.',
    sql: '(NOT $1)',
  },
  LIKE,
  {
    kind: 'operator',
    name: '||',
    parameters: [{ name: 'parts', kinds: ['text'], rest: true }],
    result: TEXT,
    nulls: 'argument',
    meaning: 'The texts one after another; null if one of them is null.',
    sql: (args) => `(${args.join(' || ')})`,
  },
]
