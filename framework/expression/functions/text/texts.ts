/** Functions of text. Characters are Unicode code points; positions count from 1. */
import { constantNumber, constantText } from '../../constant.ts'
import type { CallParts, Parameter, ScalarFunction } from '../../function.ts'
import { BOOLEAN, INT, INTEGERS, TEXT } from '../../value-type.ts'
import { clamped, MAX_INT } from '../letting.ts'
import { KNOWN_LETTERS, LOWER_LETTERS, UPPER_LETTERS } from './letters.ts'

export const textParameter = (name = 'text'): Parameter => ({ name, kinds: ['text'] })
const count = (name: string): Parameter => ({ name, kinds: INTEGERS })
const optional = (parameter: Parameter): Parameter => ({ ...parameter, optional: true })
const constant = (parameter: Parameter): Parameter => ({ ...parameter, constant: true })

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const LOWER = UPPER.toLowerCase()

function scalar(
  name: string,
  parameters: readonly Parameter[],
  rest: Pick<ScalarFunction, 'meaning' | 'sql'> & Partial<ScalarFunction>,
): ScalarFunction {
  return { kind: 'scalar', name, parameters, result: TEXT, nulls: 'argument', ...rest }
}

/** Engines have different tables of letters, and the same for ASCII. */
const cased = (name: 'upper' | 'lower', from: string, to: string) => ({
  duckdb: `CASE WHEN strlen($1) = length($1) THEN ${name}($1) ELSE translate($1, '${from}', '${to}') END`,
  spark: `CASE WHEN octet_length($1) = length($1) THEN ${name}($1) ELSE translate($1, '${from}', '${to}') END`,
})

/** Characters at the ends that belong to a set, spaces where none is given. */
const trimmed = (duckdb: string, spark: string) => ({
  duckdb: ([value, characters = "' '"]: readonly string[]) => `${duckdb}(${value}, ${characters})`,
  spark: ([value, characters = "' '"]: readonly string[]) => `trim(${spark} ${characters} FROM ${value})`,
})

/** Positions before the first are counted, and hold nothing. */
function substring([value = '', start = '', length]: readonly string[]): string {
  const from = clamped(start, 1, MAX_INT)
  if (length === undefined) return `substring(${value}, ${from})`
  const least = clamped(start, -MAX_INT, 1)
  const wanted = clamped(length, 0, MAX_INT)
  const isConstant = [least, wanted].every((part) => /^-?\d+$/.test(part))
  const taken = isConstant
    ? String(Math.max(0, Number(wanted) + Number(least) - 1))
    : clamped(`(CAST(${wanted} AS BIGINT) + ${least} - 1)`, 0, MAX_INT)
  return `substring(${value}, ${from}, ${taken})`
}

const MOST_PADDED = 10_000

/** An empty fill would pad nothing on one engine and fail on the other. */
function padded(name: string, side: 'left' | 'right', sql: 'lpad' | 'rpad'): ScalarFunction {
  return scalar(
    name,
    [textParameter(), constant({ name: 'length', kinds: ['int'] }), constant(textParameter('fill'))],
    {
      result: ([, length, fill]) => {
        const width = constantNumber(length)
        if (!(width >= 0 && width <= MOST_PADDED)) {
          return { refused: `a length of ${width}`, remedy: `give a length of 0 to ${MOST_PADDED}` }
        }
        return constantText(fill) === '' ? { refused: 'an empty fill', remedy: 'give a character to fill with' } : TEXT
      },
      meaning: `Filled up to the length from the ${side} with the fill, repeated. A longer text is cut to its first characters.`,
      sql: ([value], _, { given, dialect }) =>
        `${sql}(${value}, ${constantNumber(given[1])}, ${dialect.text(constantText(given[2]) ?? '')})`,
    },
  )
}

const asInt = (duckdb: string, spark: string) => ({ duckdb: `CAST(${duckdb} AS INTEGER)`, spark })

/** An empty separator splits into characters on one engine and not at all on the other. */
function splitInDuckDb([value, separator, index]: readonly string[]): string {
  const whole = index === '1' ? value : `left(${value}, 0)`
  return `CASE WHEN ${separator} = '' THEN ${whole} ELSE split_part(${value}, ${separator}, ${index}) END`
}

/** An escape that is followed by something else means different things to engines. */
function likeResult(pattern: string | undefined, escaping: string | undefined) {
  if (escaping === undefined) return BOOLEAN
  const problem = (refused: string) => ({
    refused,
    remedy:
      'write the pattern as a constant, with one character of your choice before each %, _ or itself that is meant',
  })
  if (pattern === undefined) return problem('like takes a constant pattern where it has an escape')
  if (!/^(?![%_])[!-~]$/.test(escaping)) {
    return problem(`the escape ${JSON.stringify(escaping)} is not one character of ASCII other than % and _`)
  }
  for (let at = 0; at < pattern.length; at += 1) {
    if (pattern[at] !== escaping) continue
    at += 1
    if (![escaping, '%', '_'].includes(pattern[at] ?? '')) return problem(`the escape stands before nothing to escape`)
  }
  return BOOLEAN
}

const ESCAPED_LIKE = ([value = '']: readonly string[], _: unknown, { given, dialect }: CallParts): string => {
  const [pattern, escaping] = given.slice(1).map((argument) => dialect.text(constantText(argument) ?? ''))
  return `(${value} LIKE ${pattern} ESCAPE ${escaping})`
}

export const LIKE: ScalarFunction = {
  kind: 'operator',
  name: 'like',
  parameters: [textParameter(), textParameter('pattern'), optional(constant(textParameter('escape')))],
  result: ([, pattern, escaping]) => likeResult(constantText(pattern), constantText(escaping)),
  nulls: 'argument',
  meaning:
    'Whether the whole text matches the pattern: `%` any characters, `_` one character, all others themselves, a backslash too. Case counts. With an escape, one ASCII character that stands before a `%`, `_` or itself, the pattern is a constant.',
  sql: {
    duckdb: (args, types, call) => (args.length > 2 ? ESCAPED_LIKE(args, types, call) : `(${args.join(' LIKE ')})`),
    // A backslash in a pattern is an escape unless it is doubled.
    spark: (args, types, call) =>
      args.length > 2
        ? ESCAPED_LIKE(args, types, call)
        : String.raw`(${args[0]} LIKE replace(${args[1]}, '\\', '\\\\'))`,
  },
}

export const TEXTS: readonly ScalarFunction[] = [
  scalar('concat', [{ name: 'parts', kinds: ['text'], rest: true }], {
    meaning: 'The parts one after another; null as soon as one of them is null. A string is a constant here.',
    sql: (args) => `(${args.join(' || ')})`,
  }),
  scalar('length', [textParameter()], {
    result: INT,
    meaning: 'How many code points the text has: a letter and a combining accent are two.',
    sql: asInt('length($1)', 'length($1)'),
  }),
  scalar('upper', [textParameter()], {
    meaning: `In upper case: ${KNOWN_LETTERS}.`,
    sql: cased('upper', LOWER_LETTERS, UPPER_LETTERS),
  }),
  scalar('lower', [textParameter()], {
    meaning: `In lower case: ${KNOWN_LETTERS}.`,
    sql: cased('lower', UPPER_LETTERS, LOWER_LETTERS),
  }),
  scalar('upper_ascii', [textParameter()], {
    meaning: 'a to z in upper case, all else as it is.',
    sql: `translate($1, '${LOWER}', '${UPPER}')`,
  }),
  scalar('lower_ascii', [textParameter()], {
    meaning: 'A to Z in lower case, all else as it is.',
    sql: `translate($1, '${UPPER}', '${LOWER}')`,
  }),
  scalar('trim', [textParameter(), optional(textParameter('characters'))], {
    meaning: 'Without the characters at both ends that are among the given ones; spaces (U+0020) where none are given.',
    sql: trimmed('trim', 'BOTH'),
  }),
  scalar('trim_start', [textParameter(), optional(textParameter('characters'))], {
    meaning: 'As trim, at the start only.',
    sql: trimmed('ltrim', 'LEADING'),
  }),
  scalar('trim_end', [textParameter(), optional(textParameter('characters'))], {
    meaning: 'As trim, at the end only.',
    sql: trimmed('rtrim', 'TRAILING'),
  }),
  scalar('trim_spaces', [textParameter()], {
    meaning: 'Without the spaces (U+0020) at both ends.',
    sql: { duckdb: "trim($1, ' ')", spark: 'trim($1)' },
  }),
  scalar('substring', [textParameter(), count('start'), optional(count('length'))], {
    meaning:
      'The characters from `start`, `length` of them, or all that follow. Positions before the first count and hold nothing: substring(t, 0, 2) is the first character, as in the SQL standard. A negative length is 0.',
    sql: substring,
  }),
  scalar('left', [textParameter(), count('count')], {
    meaning: 'The first characters; none where the count is negative.',
    sql: ([value, many = '']) => `left(${value}, ${clamped(many, 0, MAX_INT)})`,
  }),
  scalar('right', [textParameter(), count('count')], {
    meaning: 'The last characters; none where the count is negative.',
    sql: ([value, many = '']) => `right(${value}, ${clamped(many, 0, MAX_INT)})`,
  }),
  scalar('replace', [textParameter(), textParameter('search'), textParameter('by')], {
    meaning: 'With every `search` replaced, from the left. An empty `search` replaces nothing.',
    sql: 'replace($1, $2, $3)',
  }),
  scalar('split_part', [textParameter(), textParameter('separator'), constant({ name: 'index', kinds: ['int'] })], {
    result: ([, , index]) =>
      constantNumber(index) >= 1
        ? TEXT
        : { refused: 'split_part counts parts from 1', remedy: 'give an index of 1 or more' },
    meaning:
      'The part of that index, from 1, between separators; empty where there is none. An empty separator splits nothing.',
    sql: { duckdb: splitInDuckDb, spark: 'split_part($1, $2, $3)' },
  }),
  padded('pad_start', 'left', 'lpad'),
  padded('pad_end', 'right', 'rpad'),
  scalar('position', [textParameter(), textParameter('search')], {
    result: INT,
    meaning: 'Where `search` first begins; 0 where it is not in the text, 1 where it is empty.',
    sql: asInt('strpos($1, $2)', 'instr($1, $2)'),
  }),
  scalar('starts_with', [textParameter(), textParameter('start')], {
    result: BOOLEAN,
    meaning: 'Whether the text begins with the other; with an empty one every text does.',
    sql: { duckdb: 'starts_with($1, $2)', spark: 'startswith($1, $2)' },
  }),
  scalar('ends_with', [textParameter(), textParameter('end')], {
    result: BOOLEAN,
    meaning: 'Whether the text ends with the other.',
    sql: { duckdb: 'ends_with($1, $2)', spark: 'endswith($1, $2)' },
  }),
  scalar('contains', [textParameter(), textParameter('part')], {
    result: BOOLEAN,
    meaning: 'Whether the other is somewhere in the text.',
    sql: 'contains($1, $2)',
  }),
  scalar('reverse', [textParameter()], {
    meaning: 'The code points in the opposite order, so that a combining accent moves to another letter.',
    sql: {
      duckdb:
        "coalesce(list_aggregate(list_transform(range(length($1), 0, -1), lambda i: substring($1, i, 1)), 'string_agg', ''), left($1, 0))",
      spark: 'reverse($1)',
    },
  }),
  scalar('repeat', [textParameter(), count('times')], {
    meaning:
      'The text, `times` times in a row; empty text where `times` is below 1. Fails where the result does not fit in memory.',
    sql: ([value, times = '']) => `repeat(${value}, ${clamped(times, 0, MAX_INT)})`,
  }),
]
