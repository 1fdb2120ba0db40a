/** Reads the values that the path of a file gives to all of its rows. */
import type { ColumnType } from '../../declare/columns.ts'
import { type PathPlace, writtenPlace } from '../../declare/reading/value-place.ts'
import type { PathColumn } from './line-columns.ts'
import { shortened, type ValueParser } from './parse-value.ts'
import { columnParser } from './value-refinements.ts'

/** The value of each path column as JSON, or why the file's lines are no rows. */
export type PathValues =
  | { readonly kind: 'values'; readonly values: readonly string[] }
  | { readonly kind: 'reject'; readonly reason: string }

/** Makes the reader of paths, which are relative to the root of the source. */
export function pathReader(columns: readonly PathColumn[]): (path: string) => PathValues {
  const readers = columns.map((column) => ({ column, read: columnParser(column) }))
  return (path) => {
    const values: string[] = []
    for (const { column, read } of readers) {
      const result = pathValue(path, column, read)
      if ('wrong' in result) return { kind: 'reject', reason: result.wrong }
      values.push(result.json)
    }
    return { kind: 'values', values }
  }
}

/** The name that Hive and Spark give to the partition of null. */
const NULL_PARTITION = '__HIVE_DEFAULT_PARTITION__'

function pathValue(path: string, column: PathColumn, read: ValueParser): ReturnType<ValueParser> {
  const { name, place, nullable, emptyIsNull, type } = column
  const text = textIn(path, place)
  const isNull = text === undefined || text === NULL_PARTITION || (emptyIsNull && text === '')
  if (isNull) return nullable ? { json: 'null' } : { wrong: missing(name, place) }
  const result = read(asJson(type, text))
  return 'wrong' in result ? { wrong: `${name}: ${result.wrong}, from the path of the file` } : result
}

const missing = (name: string, place: PathPlace): string =>
  `${name} is missing: the path of the file ${place.kind === 'match' ? 'does not match' : 'has no'} ${shortened(writtenPlace(place))}`

function textIn(path: string, place: PathPlace): string | undefined {
  if (place.kind === 'match') return new RegExp(place.pattern, place.flags).exec(path)?.[1]
  const directories = path.split('/').slice(0, -1)
  const found = directories.findLast((directory) => directory.startsWith(`${place.name}=`))
  return found === undefined ? undefined : decoded(found.slice(place.name.length + 1))
}

/** Undoes the escapes of Hive and Spark, such as `%3A`. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * The text as a line would write the value. In a path, a number can begin with zeros: `month=01`.
 */
function asJson({ kind }: ColumnType, text: string): string {
  const isNumber = kind === 'int' || kind === 'bigint' || kind === 'double' || kind === 'decimal'
  if (isNumber && /^-?\d+(\.\d+)?$/.test(text)) return text.replace(/^(-?)0+(?=\d)/, '$1')
  return kind === 'boolean' && /^(true|false)$/.test(text) ? text : JSON.stringify(text)
}
