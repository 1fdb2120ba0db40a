/** Functions of regular expressions. Patterns are constants that every engine reads alike. */
import { isRefusal, refused } from '../../../refusal.ts'
import { constantNumber, constantText } from '../../constant.ts'
import type { Expression } from '../../expression.ts'
import type { CallParts, Parameter, ResultType, ScalarFunction } from '../../function.ts'
import { BOOLEAN, TEXT, type ValueType } from '../../value-type.ts'
import { patternText } from './java-pattern.ts'
import { type Pattern, readPattern } from './pattern.ts'
import { textParameter } from './texts.ts'

const pattern: Parameter = { name: 'pattern', kinds: ['text'], constant: true }
const group: Parameter = { name: 'group', kinds: ['int'], constant: true, optional: true }
const by: Parameter = { name: 'by', kinds: ['text'], constant: true }

const REMEDY =
  'write it with characters, classes, groups, alternatives, repetitions, ^ and $ (lake help expressions); for any case compare fn.lower(x)'

function checked(
  argument: Expression | undefined,
  check: (read: Pattern) => string | undefined,
  type: ValueType,
): ResultType {
  const source = constantText(argument) ?? ''
  const read = readPattern(source)
  const problem = isRefusal(read) ? read.reason : check(read)
  return problem === undefined
    ? type
    : refused(`the pattern ${JSON.stringify(source)} cannot be used: ${problem}`, REMEDY)
}

const sourceFor = ({ given, dialect }: CallParts): string => patternText(constantText(given[1]) ?? '', dialect)

/** `$1` is a group and `$$` a dollar sign; a backslash needs an escape. */
const REFERENCES = /\$(\$|\d)|[\\$]/g

/**
 * Describes a reference to a missing group, or a `$` without a meaning. Undefined if there is
 * neither.
 */
function wrongReference(replacement: string, groups: number): string | undefined {
  for (const [written, which] of replacement.matchAll(/\$(.?)/gs)) {
    if (which !== '$' && !(/^\d$/.test(which ?? '') && Number(which) <= groups)) {
      return `the replacement has ${written}, which is none of the pattern's groups (write $$ for a dollar)`
    }
  }
  return undefined
}

const replacementFor = ({ given, dialect }: CallParts): string => {
  const [reference, dollar] = dialect.name === 'spark' ? ['$', '\\$'] : ['\\', '$']
  const written = (constantText(given[2]) ?? '').replace(REFERENCES, (_, which) => {
    if (which === '$') return dollar
    return which === undefined ? '\\\\' : `${reference}${which}`
  })
  return dialect.text(written)
}

const SYNTAX = 'Patterns: see the section on regular expressions.'

export const PATTERNS: readonly ScalarFunction[] = [
  {
    kind: 'scalar',
    name: 'matches',
    parameters: [textParameter(), pattern],
    result: ([, source]) => checked(source, () => undefined, BOOLEAN),
    nulls: 'argument',
    meaning: `Whether the pattern matches somewhere in the text. ${SYNTAX}`,
    sql: {
      duckdb: ([value], _, call) => `regexp_matches(${value}, ${sourceFor(call)})`,
      spark: ([value], _, call) => `(${value} RLIKE ${sourceFor(call)})`,
    },
  },
  {
    kind: 'scalar',
    name: 'regexp_extract',
    parameters: [textParameter(), pattern, group],
    result: ([, source, which]) =>
      checked(
        source,
        ({ groups }) => {
          const wanted = which ? constantNumber(which) : 0
          return wanted >= 0 && wanted <= Math.min(groups, 9) ? undefined : `it has no group ${wanted}`
        },
        TEXT,
      ),
    nulls: 'argument',
    meaning: `The first match of the pattern, or of its group, 1 to 9; empty text if there is no match. ${SYNTAX}`,
    sql: ([value, , which = '0'], _, call) => `regexp_extract(${value}, ${sourceFor(call)}, ${which})`,
  },
  {
    kind: 'scalar',
    name: 'regexp_replace',
    parameters: [textParameter(), pattern, by],
    result: ([, source, replacement]) =>
      checked(
        source,
        ({ groups, matchesEmpty }) =>
          matchesEmpty
            ? 'it can match no characters, which engines replace differently'
            : wrongReference(constantText(replacement) ?? '', Math.min(groups, 9)),
        TEXT,
      ),
    nulls: 'argument',
    meaning: `The text with all matches replaced, from the left. In the replacement, $1 to $9 are groups, $0 is the whole match and $$ is a dollar sign. ${SYNTAX}`,
    sql: {
      duckdb: ([value], _, call) => `regexp_replace(${value}, ${sourceFor(call)}, ${replacementFor(call)}, 'g')`,
      spark: ([value], _, call) => `regexp_replace(${value}, ${sourceFor(call)}, ${replacementFor(call)})`,
    },
  },
]
