/** Calls every function and operator of the registry, with columns of every kind that it takes. */
import fc from 'fast-check'
import {
  AggregateFunctionNode,
  AndNode,
  BinaryOperationNode,
  ColumnNode,
  FunctionNode,
  type OperationNode,
  OperatorNode,
  OrNode,
  ReferenceNode,
  UnaryOperationNode,
  ValueListNode,
  ValueNode,
} from 'kysely'
import type { LakeFunction, Parameter } from '../../../framework/expression/function.ts'
import type { TypeKind } from '../../../framework/expression/value-type.ts'
import { PREFIX } from '../../../framework/query/builder/function-names.ts'
import { columnsOfKind, EDGE_COLUMNS } from './edge-rows.ts'

/** A constant argument. Any other argument is the name of a column. */
export interface TriedConstant {
  readonly constant: unknown
}

export type TriedArgument = string | TriedConstant

const constants = (...values: readonly unknown[]): readonly TriedConstant[] => values.map((constant) => ({ constant }))

const UNITS = constants('year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second')
const ZONES = constants(
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'UTC',
)
const FORMATS = constants('yyyy-MM-dd', "d/M/yyyy 'at' HH:mm:ss.SSS", 'EEE MMM dd yyyy % H:mm:ss.SSSSSS', "dd''MM")
const PATTERNS = constants(
  ...[
    'a',
    '^a',
    'b$',
    '^$',
    '.',
    '^.$',
    '[^a]',
    '[a-c]+',
    '\\d+',
    '\\w',
    '\\W',
    '\\s',
    '\\bb',
    'a\\b',
    '(a|b)+',
    '(\\d+)[.-](\\d+)',
  ],
  ...[
    'a.b',
    '[\\d.]+',
    '(?:é|ß)',
    '😀',
    '\\\\',
    '[[a]',
    '[a&&b]',
    '\\x41',
    'a{1,2}b',
    'a+?b',
    '[]',
    '(a)|(b)',
    '[\\]]',
    '\\$',
  ],
)
const REPLACED = constants('', 'x', '[$0]', '$$', '\\', '\\1', "it's")

/**
 * Options of functions, by the name of the parameter, or by the names of function and parameter.
 */
const OPTIONS: Readonly<Record<string, readonly TriedArgument[]>> = {
  unit: UNITS,
  zone: ZONES,
  format: FORMATS,
  'parse_date.format': constants('yyyy-MM-dd', 'dd/MM/yyyy', 'd/M/yyyy', 'dd-MMM-yyyy', 'yyyy'),
  'parse_timestamp.format': constants("yyyy-MM-dd'T'HH:mm:ss", 'yyyy-MM-dd HH:mm', 'd/M/yyyy'),
  'regexp_extract.pattern': PATTERNS,
  'matches.pattern': PATTERNS,
  'regexp_replace.pattern': PATTERNS,
  'regexp_replace.by': REPLACED,
  step: [...UNITS, ...constants(1, 3)],
  group: constants(0, 1, 2),
  digits: constants(0, 1, 2, 7, 15),
  exponent: constants(-2, 0, 1, 2, 3, 10),
  precision: constants(10, 38, 18),
  scale: constants(0, 2, 10),
  index: constants(1, 2, 4),
  'pad_start.length': constants(0, 1, 5, 12),
  'pad_end.length': constants(0, 1, 5, 12),
  fill: constants(' ', 'xy', 'é', '\\', '😀'),
  'like.pattern': ['u', ...constants('%a%', 'a\\b', '%\\%', '_', '%\n%', '', '%\\_%')],
  'like.escape': [],
  characters: ['u', ...constants('a', ' a', 'é', '', '\\', '😀b')],
  separator: ['u', ...constants(',', '', 'a', '.', '\\', '😀')],
  search: ['u', ...constants('a', '', '😀', '\\', '%')],
  start: ['u', ...constants('a', '', '😀', '\\')],
  end: ['u', ...constants('a', '', '😀', '\\')],
  part: ['u', ...constants('a', '', '😀', '\\')],
  'replace.by': ['u', ...constants('', '$1', '\\')],
  'substring.start': ['i', 'n', ...constants(-3, 0, 1, 2, 2147483647)],
  'substring.length': ['j', 'o', ...constants(-1, 0, 1, 3, 2147483647)],
  'left.count': ['i', 'n', ...constants(-1, 0, 2)],
  'right.count': ['i', 'n', ...constants(-1, 0, 2)],
  times: ['small', 'many', ...constants(-1, 0, 1, 3)],
  buckets: constants(1, 3),
  offset: constants(0, 1, 2),
  n: constants(1, 2, 400),
  array: ['li', 'lt', 'ld', 'lm', 'lb', 'ly', 'la', 'lx'],
  position: ['i', 'many', ...constants(-1, 0, 1, 2, 2147483647)],
  'array_contains.value': ['i', 't', 'd', 'n', 'p', 'b', 'day', 'at', 'by', ...constants(1, 'a', 0.5)],
  'array_slice.start': ['i', 'small', 'n', ...constants(-3, 0, 1, 2, 2147483647)],
  'array_slice.length': ['j', 'many', ...constants(-1, 0, 1, 3, 2147483647)],
  map: ['xt', 'xi', 'xn', 'xy', 'xs'],
  entries: ['en', 'ls'],
  key: ['t', 'i', 'n', 'day', ...constants('a', 1, '', '2020-02-29')],
  'field.name': constants('t', 'i', 'd', 'at', 'x'),
  q: constants(0, 0.25, 0.5, 0.9, 1),
}

function optionsOf(called: LakeFunction, parameter: Parameter, second: boolean): readonly TriedArgument[] {
  const own = OPTIONS[`${called.name}.${parameter.name}`] ?? OPTIONS[parameter.name]
  if (own) return own
  if (parameter.constant) throw new Error(`${called.name} has a constant ${parameter.name} without options`)
  return parameter.kinds.flatMap((kind) => columnsTried(kind, second))
}

function columnsTried(kind: TypeKind, second: boolean): readonly string[] {
  if (kind === 'decimal') return second ? ['k', 'w', 'p'] : ['m', 'w']
  return [columnsOfKind(kind)[second ? 1 : 0] ?? '']
}

/** Kinds whose values can be compared with each other. A comparison across families is refused. */
export const FAMILIES: readonly (readonly TypeKind[])[] = [
  ['text'],
  ['boolean'],
  ['int', 'bigint', 'decimal', 'double'],
  ['date', 'timestamp'],
  ['binary'],
  ['array'],
  ['struct'],
  ['map'],
]

const COMPARING = ['=', '<>', '<', '<=', '>', '>=', 'is distinct from', 'is not distinct from', 'in']

/**
 * Whether the argument has to be of the same family as all other arguments for which this is true.
 */
export const isCompared = ({ name }: LakeFunction, { common }: Parameter): boolean =>
  common === true || COMPARING.includes(name)

/** Arguments for calls of the function, with each kind that a parameter accepts. */
export function triesOf(called: LakeFunction): readonly (readonly TriedArgument[])[] {
  if (called.name === 'like') return [...products(called, called.parameters.slice(0, 2)), ...LIKE_ESCAPED]
  if (called.name === 'struct') return STRUCTS
  if (called.name === 'map') return MAPS
  const last = called.parameters.at(-1)
  if (last?.rest) return restTries(called, last)
  const required = called.parameters.filter(({ optional }) => !optional)
  const lengths = [...new Set([required.length, called.parameters.length])]
  return lengths.flatMap((length) => products(called, called.parameters.slice(0, length)))
}

function restTries(called: LakeFunction, { kinds }: Parameter): readonly (readonly TriedArgument[])[] {
  const alone = called.kind === 'scalar' ? [1] : []
  const ofOneKind = kinds.flatMap((kind) => {
    const columns = columnsOfKind(kind)
    return [...alone, 2, columns.length].map((count) => columns.slice(0, count))
  })
  const mixed = [
    ...[
      ['i', 'n'],
      ['n', 'i', 'm'],
      ['d', 'i'],
      ['p', 'd', 'n'],
      ['k', 'p'],
      ['day', 'at'],
      ['at', 'day', 'at2'],
    ],
    ...[
      ['i', { constant: 7 }],
      ['n', { constant: 0.5 }],
      ['m', { constant: 1.25 }],
      ['t', { constant: 'a' }],
    ],
    ...[
      ['day', { constant: '2020-02-29' }],
      ['at', { constant: '1970-01-01T00:00:00Z' }],
      ['d', { constant: null }],
    ],
  ]
  return kinds.length > 1 ? [...ofOneKind, ...mixed] : ofOneKind
}

/** Names and values, which alternate. */
const STRUCTS: readonly (readonly TriedArgument[])[] = [
  ...Object.keys(EDGE_COLUMNS).map((name) => [{ constant: 'f' }, name]),
  [...constants('a'), 'i', ...constants('b'), 't', ...constants('é'), 'ld', ...constants('d'), 'st'],
  [...constants('a', 1), ...constants('b', null), ...constants('c', 'x')],
]

const MAPS: readonly (readonly TriedArgument[])[] = [
  ...Object.keys(EDGE_COLUMNS).map((name) => [{ constant: 'f' }, name]),
  [...constants('b'), 'i', ...constants('a'), 'n', ...constants('\uffff', null, '\u{1f600}', 0.5)],
]

const LIKE_ESCAPED = [
  ['%!%%', '!'],
  ['a!_b', '!'],
  ['%\\\\%', '\\'],
  ['%éé%', 'é'],
].map(([pattern, escaping]) => ['t', { constant: pattern }, { constant: escaping }] as const)

function products(called: LakeFunction, parameters: readonly Parameter[]): readonly (readonly TriedArgument[])[] {
  const all = parameters.reduce<readonly (readonly TriedArgument[])[]>(
    (tries, parameter, index) =>
      tries.flatMap((given) => optionsOf(called, parameter, index % 2 === 1).map((argument) => [...given, argument])),
    [[]],
  )
  return all.filter((args) => {
    const kinds = parameters.flatMap((parameter, index) => (isCompared(called, parameter) ? kindsOf(args[index]) : []))
    return FAMILIES.some((family) => kinds.every((kind) => family.includes(kind)))
  })
}

/** The kind of a column. A constant has the kind of the argument next to it. */
export function kindsOf(argument: TriedArgument | undefined): readonly TypeKind[] {
  const type = typeof argument === 'string' ? EDGE_COLUMNS[argument] : undefined
  return type ? [type.kind] : []
}

/** At most `most` of the tries: first each argument once in each position, then random tries. */
export function chosen(
  tries: readonly (readonly TriedArgument[])[],
  most: number,
  seed: number,
): readonly (readonly TriedArgument[])[] {
  const seen = new Set<string>()
  const needed = tries.filter((args) => {
    const calls = args.map((argument, index) => `${args.length} ${index} ${JSON.stringify(argument)}`)
    const fresh = calls.some((call) => !seen.has(call))
    for (const call of calls) seen.add(call)
    return fresh
  })
  const others = tries.filter((args) => !needed.includes(args))
  return [...needed, ...sampledTries(others, most - needed.length, seed)]
}

/** At most `most` of the items, chosen at random. */
export function sampledTries<Item>(items: readonly Item[], most: number, seed: number): readonly Item[] {
  const count = Math.min(items.length, Math.max(0, most))
  if (count === 0) return []
  const some = fc.shuffledSubarray([...items], { minLength: count, maxLength: count })
  return fc.sample(some, { seed, numRuns: 1 })[0] ?? []
}

export const nodeOf = (argument: TriedArgument): OperationNode =>
  typeof argument === 'string' ? ReferenceNode.create(ColumnNode.create(argument)) : ValueNode.create(argument.constant)

const binary = (operator: string, [left, right]: readonly OperationNode[]): OperationNode =>
  BinaryOperationNode.create(left as OperationNode, OperatorNode.create(operator as never), right as OperationNode)

/** The call as the builder puts it into a query tree. */
export const callNode = (called: LakeFunction, args: readonly TriedArgument[]): OperationNode =>
  callOf(called, args.map(nodeOf))

export function callOf(called: LakeFunction, nodes: readonly OperationNode[]): OperationNode {
  const [first, ...others] = nodes
  if (called.kind === 'aggregate' || called.kind === 'window') {
    return AggregateFunctionNode.create(PREFIX + called.name, nodes)
  }
  if (called.kind === 'scalar' || called.kind === 'series' || called.name === 'like') {
    return FunctionNode.create(PREFIX + called.name, nodes)
  }
  switch (called.name) {
    case 'and':
      return nodes.reduce((left, right) => AndNode.create(left, right))
    case 'or':
      return nodes.reduce((left, right) => OrNode.create(left, right))
    case 'not':
      return UnaryOperationNode.create(OperatorNode.create('not'), first as OperationNode)
    case 'negate':
      return UnaryOperationNode.create(OperatorNode.create('-'), first as OperationNode)
    case 'in':
      return binary('in', [first as OperationNode, ValueListNode.create(others)])
    case 'is null':
    case 'is not null':
      return binary(called.name.replace(' null', ''), [first as OperationNode, ValueNode.createImmediate(null)])
    case 'is true':
    case 'is false':
      return binary('is', [first as OperationNode, ValueNode.createImmediate(called.name === 'is true')])
    default:
      return nodes.reduce((left, right) => binary(called.name, [left, right]))
  }
}
