/**
 * A query does not load if an expression is not in the language. The error names the expression,
 * and says what to write instead.
 */
import {
  BinaryOperationNode,
  ColumnNode,
  FunctionNode,
  type OperationNode,
  OperatorNode,
  ReferenceNode,
  ValueNode,
} from 'kysely'
import { describe, expect, it } from 'vitest'
import { readQuery } from '../../../framework/query/reader/read-query.ts'
import { aliased, treeOf } from '../../support/engines/query-trees.ts'
import { edgeTable } from '../../support/functions/edge-rows.ts'

const ref = (name: string) => ReferenceNode.create(ColumnNode.create(name))
const call = (name: string, ...args: readonly (OperationNode | unknown)[]) =>
  FunctionNode.create(
    name,
    args.map((argument) =>
      typeof argument === 'object' && argument !== null && 'kind' in argument
        ? (argument as OperationNode)
        : ValueNode.create(argument),
    ),
  )
const operation = (left: string, operator: string, right: unknown) =>
  BinaryOperationNode.create(ref(left), OperatorNode.create(operator as never), ValueNode.create(right))

function problemOf(node: OperationNode): string {
  const read = readQuery(
    treeOf((db) => db.selectFrom('edges').select([aliased(node, 'x')])),
    new Map([['edges', edgeTable]]),
  )
  return read.kind === 'refused' ? `${read.reason}: ${read.remedy}` : 'none'
}

const CASES: readonly (readonly [string, OperationNode, RegExp])[] = [
  [
    'a function of one engine',
    call('date_trunc', 'month', ref('at')),
    /date_trunc is not part.*fn\.truncate\(at, 'month'\)/,
  ],
  ['a name with a slip', call('lake:substing', ref('t'), 1), /substing is not part.*nearest is fn\.substring/],
  ['a logarithm to no base', call('log', ref('d')), /log is not part.*fn\.ln\(x\), fn\.log10\(x\) or fn\.log2\(x\)/],
  ['a logarithm of text', call('lake:ln', ref('t')), /fn\.ln takes .* but t is text/],
  ['a hash of one engine', call('hash', ref('t')), /hash is not part.*write fn\.xxhash64\(text\), fn\.md5/],
  ['a list', call('array_agg', ref('t')), /array_agg is not part.*write fn\.list/],
  ['a list by another name', call('collect_list', ref('t')), /collect_list is not part.*write fn\.list/],
  [
    'a series',
    call('generate_series', ref('i'), ref('j')),
    /generate_series is not part.*write fn\.series\(from, to, 'day'\)/,
  ],
  ['the clock', call('now'), /now is not part.*as data/],
  [
    'a power with an exponent that is a column',
    call('lake:power', ref('d'), ref('i')),
    /a constant of type int for its exponent/,
  ],
  ['a power too high', call('lake:power', ref('d'), 100), /exponent of 100.*-64 to 64/],
  ['negative digits', call('lake:round', ref('d'), -2), /digits of -2.*divide by 100/],
  [
    'text where a number is needed',
    call('lake:abs', ref('t')),
    /abs takes int or bigint or decimal or double for its number, but t is text.*fn\.toDecimal/,
  ],
  ['a double as text', call('lake:to_text', ref('d')), /fn.toText takes .* but d is double/],
  [
    'a look-ahead',
    call('lake:matches', ref('t'), 'a(?=b)'),
    /pattern "a\(\?=b\)" cannot be used: it has a group that begins with \(\?/,
  ],
  ['a reference to a group', call('lake:matches', ref('t'), '(a)\\1'), /it has \\1/],
  ['letters by their property', call('lake:matches', ref('t'), '\\p{L}'), /\\p, which knows other letters/],
  ['a possessive repetition', call('lake:matches', ref('t'), 'a++'), /repeats a repetition/],
  [
    'a repetition of nothing',
    call('lake:matches', ref('t'), '(a*)*'),
    /repeats something that can match no characters/,
  ],
  ['a pattern without its end', call('lake:matches', ref('t'), '[a'), /ends too early/],
  [
    'a replacement of nothing',
    call('lake:regexp_replace', ref('t'), 'a*', 'x'),
    /can match no characters, which engines replace differently/,
  ],
  [
    'a group that is not there',
    call('lake:regexp_replace', ref('t'), '(a)', '$2'),
    /\$2, which is none of the pattern's groups/,
  ],
  ['a group that is not there', call('lake:regexp_extract', ref('t'), '(a)', 2), /it has no group 2/],
  ['a pattern that is a column', call('lake:matches', ref('t'), ref('u')), /a constant of type text for its pattern/],
  ['an escape of two characters', call('lake:like', ref('t'), 'a', '!!'), /escape "!!" is not one character/],
  [
    'an escape before nothing to escape',
    call('lake:like', ref('t'), '!a', '!'),
    /comes before neither %, _ nor itself/,
  ],
  ['an empty fill', call('lake:pad_start', ref('t'), 5, ''), /an empty fill.*character to fill with/],
  ['a part before the first', call('lake:split_part', ref('t'), ',', 0), /counts parts from 1/],
  ['hours of a date', call('lake:truncate', ref('day'), 'hour'), /no unit "hour" for a date.*fn\.toTimestamp/],
  ['a unit that is none', call('lake:add_to', ref('at'), 1, 'decade'), /no unit "decade".*'year'/],
  [
    'a format that is none',
    call('lake:format', ref('at'), 'YYYY-MM'),
    /format "YYYY-MM" cannot be used: it has YYYY.*yyyy/,
  ],
  ['an hour in a date', call('lake:parse_date', ref('t'), 'yyyy-MM-dd HH'), /a date has no hour/],
  ['a format without a year', call('lake:parse_date', ref('t'), 'MM-dd'), /it has no year/],
  [
    'a zone that is none',
    call('lake:to_zone', ref('at'), 'Europe/Berlyn'),
    /no time zone "Europe\/Berlyn".*Europe\/Berlin/,
  ],
  [
    'a zone in small letters',
    call('lake:to_zone', ref('at'), 'europe/berlin'),
    /no time zone "europe\/berlin".*Europe\/Berlin/,
  ],
  ['a decimal of too many digits', call('lake:to_decimal', ref('i'), 39, 2), /no decimal\(39,2\).*1 to 38/],
  [
    'a product of too many digits',
    BinaryOperationNode.create(
      call('lake:multiply', ref('w'), ref('w')),
      OperatorNode.create('*'),
      call('lake:multiply', ref('w'), ref('w')),
    ),
    /40 digits after the point/,
  ],
  ['ilike', operation('t', 'ilike', 'a%'), /ilike does not mean the same.*fn\.lower/],
  ['a power by an operator', operation('i', '^', 2), /\^ does not mean the same.*fn\.power/],
  ['a comparison with null', operation('t', '=', null), /compares with null.*'is', null/],
  ['bytes compared with text', operation('by', '=', 'YQ=='), /by \(binary\).*cannot be compared.*as a Uint8Array/],
  ['a length of bytes', call('lake:length', ref('by')), /fn\.length takes text for its text, but by is binary/],
  ['text compared with a number', operation('t', '>', 5), /t \(text\).*cannot be compared.*fn\.toText/],
]

describe('a query with an expression that the language lacks', () => {
  it.each(CASES)('is refused: %s', (_, node, problem) => {
    expect(problemOf(node)).toMatch(problem)
  })
})
