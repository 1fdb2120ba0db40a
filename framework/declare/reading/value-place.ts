/**
 * Declares where a source's column gets its values: a key of the record, or the path of its file.
 */

/** The member of the record's object, then members of nested objects. */
export type Keys = readonly [string, ...string[]]

/**
 * - `key`: a member of the record's object, or of an object nested in it.
 * - `directory`: what follows `name=` in the name of a directory, as Hive and Spark write them.
 * - `match`: the first group of a pattern that the path of the file matches.
 */
export type ValuePlace =
  | { readonly kind: 'key'; readonly keys: Keys }
  | { readonly kind: 'directory'; readonly name: string }
  | { readonly kind: 'match'; readonly pattern: string; readonly flags: string }

/** A place in the path of a file. */
export type PathPlace = Exclude<ValuePlace, { readonly kind: 'key' }>

/** The member of the record's object that has the name. */
export const ownKey = (name: string): ValuePlace => ({ kind: 'key', keys: [name] })

/**
 * Reads the argument of `from`: a path such as `$.requestParameters.bucketName` or `$.a['b.c']`,
 * else a key as it is. Returns undefined for a path that it cannot read.
 */
export function readKeyPlace(written: string): ValuePlace | undefined {
  if (!/^\$[.[]/.test(written)) return ownKey(written)
  const keys: string[] = []
  let end = 1
  for (const { 0: part, index, groups = {} } of written.slice(1).matchAll(STEP)) {
    if (index + 1 !== end) return undefined
    end += part.length
    keys.push(groups.plain ?? (groups.quoted ?? groups.quotedTwice ?? '').replaceAll(/\\(.)/gs, '$1'))
  }
  const [key, ...nested] = keys
  return key !== undefined && end === written.length ? { kind: 'key', keys: [key, ...nested] } : undefined
}

const STEP = /\.(?<plain>[^.[\]'"*\s]+)|\['(?<quoted>(?:[^'\\]|\\.)*)'\]|\["(?<quotedTwice>(?:[^"\\]|\\.)*)"\]/gsu

/** The place as people write it: `user-agent`, `$.a.b`, `year=`, `/(\d+)/`. */
export function writtenPlace(place: ValuePlace): string {
  switch (place.kind) {
    case 'key': {
      const [first, ...others] = place.keys
      return others.length === 0 && !/^\$[.[]/.test(first) ? first : `$${place.keys.map(writtenStep).join('')}`
    }
    case 'directory':
      return `${place.name}=`
    case 'match':
      return `/${place.pattern}/${place.flags}`
  }
}

const writtenStep = (key: string): string =>
  /^[^.[\]'"*\s\\]+$/.test(key) ? `.${key}` : `['${key.replaceAll(/['\\]/g, '\\$&')}']`
