/** Functions of text. Characters are Unicode code points; positions count from 1. */
import type { Parameter, ScalarFunction } from '../function.ts'
import { INT, TEXT } from '../value-type.ts'

export const text = (name = 'text'): Parameter => ({ name, kinds: ['text'] })

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const LOWER = UPPER.toLowerCase()

export const TEXTS: readonly ScalarFunction[] = [
  {
    kind: 'scalar',
    name: 'concat',
    parameters: [{ name: 'parts', kinds: ['text'], rest: true }],
    result: TEXT,
    nulls: 'argument',
    meaning: 'The parts one after another; null as soon as one of them is null.',
    sql: (args) => `(${args.join(' || ')})`,
  },
  {
    kind: 'scalar',
    name: 'length',
    parameters: [text()],
    result: INT,
    nulls: 'argument',
    meaning: 'How many code points the text has.',
    sql: { duckdb: 'CAST(length($1) AS INTEGER)', spark: 'length($1)' },
  },
  {
    kind: 'scalar',
    name: 'lower_ascii',
    parameters: [text()],
    result: TEXT,
    nulls: 'argument',
    meaning: 'A to Z in lower case, all else as it is.',
    sql: `translate($1, '${UPPER}', '${LOWER}')`,
  },
  {
    kind: 'scalar',
    name: 'upper_ascii',
    parameters: [text()],
    result: TEXT,
    nulls: 'argument',
    meaning: 'a to z in upper case, all else as it is.',
    sql: `translate($1, '${LOWER}', '${UPPER}')`,
  },
  {
    kind: 'scalar',
    name: 'trim_spaces',
    parameters: [text()],
    result: TEXT,
    nulls: 'argument',
    meaning: 'Without the spaces (U+0020) at both ends.',
    sql: { duckdb: "trim($1, ' ')", spark: 'trim($1)' },
  },
]
