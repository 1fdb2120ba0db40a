/** Functions of text. Characters are Unicode code points; positions count from 1. */
import { refused } from '../../../refusal.ts'
import { constantNumber, constantText } from '../../constant.ts'
import type { CallParts, Parameter, ScalarFunction } from '../../function.ts'
import { BOOLEAN, INT, INTEGERS, TEXT } from '../../value-type.ts'
import { clamped, MAX_INT } from '../sql-fragments.ts'
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

/** Engines agree only on the case of ASCII letters, so other letters are translated. */
const cased = (name: 'upper' | 'lower', from: string, to: string) => ({
  duckdb: `CASE WHEN strlen($1) = length($1) THEN ${name}($1) ELSE translate($1, '${from}', '${to}') END`,
  spark: `CASE WHEN octet_length($1) = length($1) THEN ${name}($1) ELSE translate($1, '${from}', '${to}') END`,
})

/** Trims the given characters, by default spaces. */
const trimmed = (duckdb: string, spark: string) => ({
  duckdb: ([value, characters = "' '"]: readonly string[]) => `${duckdb}(${value}, ${characters})`,
  spark: ([value, characters = "' '"]: readonly string[]) => `trim(${spark} ${characters} FROM ${value})`,
})

/** As in the SQL standard, positions before the first count, but hold nothing. */
function substring([value = '', start = '', length]: readonly string[]): string {
  const from = clamped(start, 1, MAX_INT)
  if (length === undefined) return `substring(${value}, ${from})`
  return `substring(${value}, ${from}, ${charactersTaken(start, length)})`
}

/** How many of the `length` positions from `start` are not before the first one, as INT. */
export function charactersTaken(start: string, length: string): string {
  const least = clamped(start, -MAX_INT, 1)
  const wanted = clamped(length, 0, MAX_INT)
  const isConstant = [least, wanted].every((part) => /^-?\d+$/.test(part))
  return isConstant
    ? String(Math.max(0, Number(wanted) + Number(least) - 1))
    : clamped(`(CAST(${wanted} AS BIGINT) + ${least} - 1)`, 0, MAX_INT)
}

const MOST_PADDED = 10_000

/** Refuses an empty fill, which pads nothing on one engine and fails on the other. */
function padded(name: string, side: 'left' | 'right', sql: 'lpad' | 'rpad'): ScalarFunction {
  return scalar(
    name,
    [textParameter(), constant({ name: 'length', kinds: ['int'] }), constant(textParameter('fill'))],
    {
      result: ([, length, fill]) => {
        const width = constantNumber(length)
        if (!(width >= 0 && width <= MOST_PADDED)) {
          return refused(`a length of ${width}`, `give a length of 0 to ${MOST_PADDED}`)
        }
        return constantText(fill) === '' ? refused('an empty fill', 'give a character to fill with') : TEXT
      },
      meaning: `The text, filled on the ${side} with the repeated fill up to the length. A longer text is cut to its first characters.`,
      sql: ([value], _, { given, dialect }) =>
        `${sql}(${value}, ${constantNumber(given[1])}, ${dialect.text(constantText(given[2]) ?? '')})`,
    },
  )
}

const asInt = (duckdb: string, spark: string) => ({ duckdb: `CAST(${duckdb} AS INTEGER)`, spark })

/** An empty separator splits into characters on one engine, and not at all on the other. */
function splitInDuckDb([value, separator, index]: readonly string[]): string {
  const unsplit = index === '1' ? value : `left(${value}, 0)`
  return `CASE WHEN ${separator} = '' THEN ${unsplit} ELSE split_part(${value}, ${separator}, ${index}) END`
}

/**
 * Checks the escape of a LIKE, which has to come before `%`, `_` or itself. Engines differ if it
 * comes before any other character.
 */
function likeResult(pattern: string | undefined, escaping: string | undefined) {
  if (escaping === undefined) return BOOLEAN
  const problem = (reason: string) =>
    refused(
      reason,
      'write the pattern as a constant, with one character of your choice before each %, _ or such character that is meant literally',
    )
  if (pattern === undefined) return problem('like takes a constant pattern where it has an escape')
  if (!/^(?![%_])[!-~]$/.test(escaping)) {
    return problem(`the escape ${JSON.stringify(escaping)} is not one character of ASCII other than % and _`)
  }
  for (let at = 0; at < pattern.length; at += 1) {
    if (pattern[at] !== escaping) continue
    at += 1
    if (![escaping, '%', '_'].includes(pattern[at] ?? ''))
      return problem('the escape comes before neither %, _ nor itself')
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
    'Whether the whole text matches the pattern: `%` matches any characters, `_` one character, and all others match themselves, a backslash too. Case matters. The escape is one ASCII character, which comes before a `%`, `_` or itself; with it, the pattern has to be a constant.',
  sql: {
    duckdb: (args, types, call) => (args.length > 2 ? ESCAPED_LIKE(args, types, call) : `(${args.join(' LIKE ')})`),
    // In Spark a single backslash is an escape.
    spark: (args, types, call) =>
      args.length > 2
        ? ESCAPED_LIKE(args, types, call)
        : String.raw`(${args[0]} LIKE replace(${args[1]}, '\\', '\\\\'))`,
  },
}

export const TEXTS: readonly ScalarFunction[] = [
  scalar('concat', [{ name: 'parts', kinds: ['text'], rest: true }], {
    meaning: 'The parts one after another; null if one of them is null. A string is a constant here.',
    sql: (args) => `(${args.join(' || ')})`,
  }),
  scalar('length', [textParameter()], {
    result: INT,
    meaning: 'The number of code points: a letter and a combining accent are two.',
    sql: asInt('length($1)', 'length($1)'),
  }),
  scalar('upper', [textParameter()], {
    meaning: `The text in upper case: ${KNOWN_LETTERS}.`,
    sql: cased('upper', LOWER_LETTERS, UPPER_LETTERS),
  }),
  scalar('lower', [textParameter()], {
    meaning: `The text in lower case: ${KNOWN_LETTERS}.`,
    sql: cased('lower', UPPER_LETTERS, LOWER_LETTERS),
  }),
  scalar('upper_ascii', [textParameter()], {
    meaning: 'The text with a to z in upper case, and all else unchanged.',
    sql: `translate($1, '${LOWER}', '${UPPER}')`,
  }),
  scalar('lower_ascii', [textParameter()], {
    meaning: 'The text with A to Z in lower case, and all else unchanged.',
    sql: `translate($1, '${UPPER}', '${LOWER}')`,
  }),
  scalar('trim', [textParameter(), optional(textParameter('characters'))], {
    meaning: 'The text without the given characters at both ends, by default spaces (U+0020).',
    sql: trimmed('trim', 'BOTH'),
  }),
  scalar('trim_start', [textParameter(), optional(textParameter('characters'))], {
    meaning: 'Like trim, at the start only.',
    sql: trimmed('ltrim', 'LEADING'),
  }),
  scalar('trim_end', [textParameter(), optional(textParameter('characters'))], {
    meaning: 'Like trim, at the end only.',
    sql: trimmed('rtrim', 'TRAILING'),
  }),
  scalar('trim_spaces', [textParameter()], {
    meaning: 'The text without spaces (U+0020) at both ends.',
    sql: { duckdb: "trim($1, ' ')", spark: 'trim($1)' },
  }),
  scalar('substring', [textParameter(), count('start'), optional(count('length'))], {
    meaning:
      'The characters from `start`, up to `length` of them, or all without a length. Positions before the first count and hold nothing: substring(t, 0, 2) is the first character, as in the SQL standard. A negative length is 0.',
    sql: substring,
  }),
  scalar('left', [textParameter(), count('count')], {
    meaning: 'The first `count` characters; empty if the count is negative.',
    sql: ([value, many = '']) => `left(${value}, ${clamped(many, 0, MAX_INT)})`,
  }),
  scalar('right', [textParameter(), count('count')], {
    meaning: 'The last `count` characters; empty if the count is negative.',
    sql: ([value, many = '']) => `right(${value}, ${clamped(many, 0, MAX_INT)})`,
  }),
  scalar('replace', [textParameter(), textParameter('search'), textParameter('by')], {
    meaning: 'The text with every `search` replaced, from the left. An empty `search` replaces nothing.',
    sql: 'replace($1, $2, $3)',
  }),
  scalar('split_part', [textParameter(), textParameter('separator'), constant({ name: 'index', kinds: ['int'] })], {
    result: ([, , index]) =>
      constantNumber(index) >= 1 ? TEXT : refused('split_part counts parts from 1', 'give an index of 1 or more'),
    meaning:
      'The part at `index`, from 1, between separators; empty if there is none. An empty separator splits nothing.',
    sql: { duckdb: splitInDuckDb, spark: 'split_part($1, $2, $3)' },
  }),
  padded('pad_start', 'left', 'lpad'),
  padded('pad_end', 'right', 'rpad'),
  scalar('position', [textParameter(), textParameter('search')], {
    result: INT,
    meaning: 'The position at which `search` first begins, from 1; 0 if it is not in the text, 1 if it is empty.',
    sql: asInt('strpos($1, $2)', 'instr($1, $2)'),
  }),
  scalar('starts_with', [textParameter(), textParameter('start')], {
    result: BOOLEAN,
    meaning: 'Whether the text begins with `start`; true if that is empty.',
    sql: { duckdb: 'starts_with($1, $2)', spark: 'startswith($1, $2)' },
  }),
  scalar('ends_with', [textParameter(), textParameter('end')], {
    result: BOOLEAN,
    meaning: 'Whether the text ends with `end`; true if that is empty.',
    sql: { duckdb: 'ends_with($1, $2)', spark: 'endswith($1, $2)' },
  }),
  scalar('contains', [textParameter(), textParameter('part')], {
    result: BOOLEAN,
    meaning: 'Whether `part` is somewhere in the text; true if it is empty.',
    sql: 'contains($1, $2)',
  }),
  scalar('reverse', [textParameter()], {
    meaning: 'The code points in reverse order; a combining accent then belongs to another letter.',
    sql: {
      duckdb:
        "coalesce(list_aggregate(list_transform(range(length($1), 0, -1), lambda i: substring($1, i, 1)), 'string_agg', ''), left($1, 0))",
      spark: 'reverse($1)',
    },
  }),
  scalar('repeat', [textParameter(), count('times')], {
    meaning:
      'The text repeated `times` times; empty if `times` is below 1. The query fails if the result does not fit in memory.',
    sql: ([value, times = '']) => `repeat(${value}, ${clamped(times, 0, MAX_INT)})`,
  }),
]
