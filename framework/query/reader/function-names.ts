/** Finds the registry's function for a name in the query tree. */
import { closest } from 'fastest-levenshtein'
import { camelCase, type LakeFunction } from '../../expression/function.ts'
import { FUNCTIONS } from '../../expression/functions/registry.ts'
import { PREFIX } from '../builder/function-names.ts'
import { QueryProblem } from './query-problem.ts'

/**
 * Other names for functions and operators of the registry, with the same meaning on all engines.
 */
const SYNONYMS: Readonly<Record<string, string>> = {
  add: '+',
  divide: '/',
  modulo: '%',
  multiply: '*',
  like: 'like',
  negate: 'negate',
  subtract: '-',
  ceiling: 'ceil',
  char_length: 'length',
  nullif: 'null_if',
  pow: 'power',
  strpos: 'position',
  substr: 'substring',
  starts_with: 'starts_with',
  stddev_samp: 'stddev',
  var_samp: 'variance',
}

const ROWS = "write fn.series(from, to, 'day').as('name') as an output"

const ELEMENTS = "write fn.unnest(array).as('name') as an output"

const JSON_PATH =
  'engines write the numbers and take the keys of JSON differently; declare the source’s column as struct({ ... }), and write fn.field(x, name)'

const LIST = 'write fn.list(x)'

/** What to write instead of functions that engines lack or give different meanings. */
const INSTEAD: Readonly<Record<string, string>> = {
  encode: 'write fn.toBinary(text)',
  hex: 'write fn.toHex(bytes)',
  unhex: 'write fn.fromHex(text)',
  base64: 'write fn.toBase64(bytes)',
  unbase64: 'write fn.fromBase64(text)',
  date_trunc: "write fn.truncate(at, 'month')",
  dayofweek: 'write fn.isoWeekday(at)',
  hash: 'write fn.xxhash64(text), fn.md5(text) or fn.sha256(text)',
  now: 'give the moment as data, since a rebuild would compute another one',
  current_date: 'give the day as data, since a rebuild would compute another one',
  random: 'a rebuild would compute other random numbers; hash a key with fn.md5',
  regexp_replace: 'write fn.regexpReplace(text, pattern, by)',
  any_value: 'write fn.min(x)',
  log: 'it is the natural logarithm on one engine, and to base 10 on the other; write fn.ln(x), fn.log10(x) or fn.log2(x)',
  date_part: 'write fn.year(at), fn.month(at) and so on',
  extract: 'write fn.year(at), fn.month(at) and so on',
  date_add: "write fn.addTo(at, 1, 'day')",
  date_diff: "write fn.difference(from, to, 'day')",
  datediff: "write fn.difference(from, to, 'day')",
  strftime: "write fn.format(at, 'yyyy-MM-dd')",
  strptime: "write fn.parseTimestamp(text, 'yyyy-MM-dd HH:mm:ss')",
  initcap: 'write fn.upper and fn.lower',
  ifnull: 'write fn.coalesce(x, y)',
  nvl: 'write fn.coalesce(x, y)',
  array_agg: LIST,
  collect_list: LIST,
  collect_set: LIST,
  json_extract: JSON_PATH,
  json_extract_string: JSON_PATH,
  json_text: JSON_PATH,
  get_json_object: JSON_PATH,
  from_json: JSON_PATH,
  generate_series: ROWS,
  sequence: ROWS,
  range: ROWS,
  explode: ELEMENTS,
  unnest: ELEMENTS,
  string_split: 'write fn.split(text, separator)',
  list_contains: 'write fn.arrayContains(array, value)',
  cardinality: 'write fn.arrayLength(array)',
}

/** The function of this name. Throws QueryProblem if the language has none. */
export function functionFor(written: string): LakeFunction {
  const isOurs = written.startsWith(PREFIX)
  const plain = (isOurs ? written.slice(PREFIX.length) : written).toLowerCase()
  const synonym = Object.hasOwn(SYNONYMS, plain) ? SYNONYMS[plain] : undefined
  const called = FUNCTIONS.get(synonym ?? plain)
  if (called && (called.kind !== 'operator' || synonym !== undefined)) return called
  const names = [...FUNCTIONS.values()].filter(({ kind }) => kind !== 'operator').map(({ name }) => name)
  const remedy =
    (Object.hasOwn(INSTEAD, plain) ? INSTEAD[plain] : undefined) ??
    `the nearest is fn.${camelCase(closest(plain, names))}; lake help expressions has all`
  throw new QueryProblem(`the function ${plain} is not part of lake’s expressions`, remedy)
}
