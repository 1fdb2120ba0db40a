/** Writes docs/expressions.md from the registry. */
import { camelCase, type LakeFunction, type NullRule, type Parameter } from '../function.ts'
import { ANY_KIND, EVERY_KIND, type TypeKind, typeName } from '../value-type.ts'
import { FUNCTION_GROUPS } from './registry.ts'

const INTRODUCTION = `# Expressions

This page is generated from the code by \`npm run docs\`, and \`lake help expressions\` prints it. It lists all that a query can
compute. A query with anything else does not load; the error names the expression and what to write
instead. tests/contract/functions/functions.test.ts calls each entry on random rows with edge values, with a
column of each kind that it takes, and compares the types and rows of DuckDB 1.5 with those of Spark
3.5 and Spark 4.1.

Unless an entry states otherwise, the result is null if an argument is null.

## Types

\`text\`, \`boolean\`, \`int\` (32 bits), \`bigint\` (64 bits), \`double\`, \`decimal(p,s)\` with up to 38
digits, \`date\`, \`timestamp\` (microseconds since 1970, in UTC), and \`binary\` (bytes). An int widens to bigint, decimal or
double, a bigint to decimal or double, a decimal to double, and a date to the timestamp of its midnight
in UTC. The query has to write any other conversion.

The query fails, on every engine, if an integer or decimal does not fit its type. Doubles follow IEEE
754; NaN equals itself and is above all other numbers. A zero has no sign: 0.0 and -0.0 are one value
wherever a query compares, groups, joins or sorts. lake's data files hold 0.0 for both, and so does
each column that a query computes.

## Constants

A constant takes its type from the expression beside it. A number is an int, bigint, decimal or double.
A string is text, a date (\`'2018-11-01'\`), a timestamp (ISO 8601, in UTC if it names no zone) or a
decimal (\`'0.055'\`). A Date is a timestamp, and a Uint8Array is binary. Beside a decimal, a number has its shortest digits: 0.05 is
exactly 0.05. A constant with more digits than the column that it is compared with is not rounded.

A string names a column if the parameter takes a column. It is a constant if the parameter says
*constant*.

## Decimals

\`+\` and \`-\` give as many digits after the point as the side with more of them, and one more digit
before it. \`*\` adds the digits of both sides. \`/\` gives a double. A result has at most 38 digits in
all, and the query fails if it does not fit. \`fn.toDecimal\` and \`fn.round\` round halves away from zero.

## Regular expressions

Patterns are constants. They can have characters, escapes (\`\\d \\w \\s \\D \\W \\S \\t \\n \\r \\f \\v \\x41\` and
punctuation), classes \`[a-z]\`, groups \`( )\` and \`(?: )\`, alternatives \`|\`, repetitions \`* + ? {n,m}\`,
greedy or lazy with a \`?\` after them, and \`^ $ \\b \\B\`. \`.\` is any character except a line feed; \`^\`
and \`$\` are the ends of the text; \`\\d \\w \\s \\b\` know ASCII only. Look-around, references to groups,
possessive repetitions, flags, \`\\p{...}\` and repetitions of what can match the empty text are refused.
\`regexpReplace\` also refuses patterns that can match the empty text.

## Formats

\`yyyy MM M MMM dd d HH H mm ss SSS SSSSSS\`, and \`EEE\` for writing only. Write other letters between
single quotes: \`yyyy-MM-dd'T'HH:mm:ss\`. Names of months and days are English, three letters.

## Time zones

Zones have their IANA names. Each engine contains its own version of the IANA database: for moments that
a newer version changed, engines differ until both have it.
`

const REFUSED = `## What is refused, and what to write instead

| refused | why | write |
|---|---|---|
| \`power\` with an exponent that is not a constant whole number | engines differ in the last digit | \`power(x, 2)\`, \`sqrt(x)\`; \`fn.exp\` of the exponent times \`fn.ln(x)\`, whose last digits are not exact |
| \`hash\` | each engine has its own | \`fn.xxhash64(text)\`, \`fn.md5(text)\`, \`fn.sha256(text)\` |
| \`generate_series\`, \`sequence\`, \`explode\` | engines differ in where they end, and in months | \`fn.series(from, to, 'day').as('day')\` as an output |
| \`list\`, \`array_agg\`, \`collect_list\` | tables of lake have no lists | \`fn.stringAgg(x, ', ')\` |
| \`ilike\` | engines differ in the case of letters | \`eb(fn.lower('name'), 'like', 'a%')\` |
| \`^\` | a power on one engine, bits on the other | \`fn.power(x, 2)\` |
| \`~\`, \`regexp\` | | \`fn.matches(text, pattern)\` |
| \`toText\` of a double | engines write different digits | \`fn.toText(fn.toDecimal(x, 18, 4))\` |
| \`now()\`, \`current_date\`, \`random()\` | a rebuild would give other rows | give the moment as data |
| \`stringAgg\`, \`countDistinct\` and aggregates of distinct values over a window | engines do not have them | a group, and a join |
| raw SQL | engines give it different meanings | \`fn.sqlFor({ duckdb, spark }, ...)\`, a text for each |
`

/** The whole document. */
export function functionsDocument(): string {
  const groups = Object.entries(FUNCTION_GROUPS).map(
    ([title, functions]) => `## ${title}\n\n${functions.map(entry).join('\n')}`,
  )
  return [INTRODUCTION, ...groups, REFUSED].join('\n')
}

function entry(called: LakeFunction): string {
  const nulls = nullsOf(called.nulls, called.kind)
  const takes = called.parameters.map(described)
  return [
    `### ${heading(called)}\n`,
    called.meaning,
    '',
    ...(takes.length > 0 ? [`- takes ${takes.join('; ')}`] : []),
    `- gives ${resultOf(called)}${nulls}`,
    '',
  ].join('\n')
}

function heading({ kind, name, parameters }: LakeFunction): string {
  if (kind === 'operator') return `\`${name}\``
  const written = parameters.map(
    (parameter) => `${parameter.rest ? '...' : ''}${parameter.name}${parameter.optional ? '?' : ''}`,
  )
  return `\`fn.${camelCase(name)}(${written.join(', ')})\``
}

function described({ name, kinds, constant, common }: Parameter): string {
  return `\`${name}\`: ${constant ? 'a constant, ' : ''}${kindsOf(kinds)}${common ? ', of one type with the others so marked' : ''}`
}

function kindsOf(kinds: readonly TypeKind[]): string {
  if (kinds.length === ANY_KIND.length) return 'any type'
  return kinds.length === EVERY_KIND.length ? 'any type but array, struct and map' : kinds.join(', ')
}

const RESULT_OF_ARGUMENTS = 'a type that follows from the arguments'

function resultOf({ result }: LakeFunction): string {
  return typeof result === 'function' ? RESULT_OF_ARGUMENTS : typeName(result)
}

function nullsOf(rule: NullRule, kind: LakeFunction['kind']): string {
  if (rule === 'never') return ', never null'
  if (rule === 'argument') return ''
  if (rule === 'always') return kind === 'aggregate' ? ', null if there are no rows' : ', which can be null'
  return ', null as stated above'
}
