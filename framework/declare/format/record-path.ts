/** Reads and writes the path that leads to the records of a JSON document. */

/** A step into a value: to the member of an object, or to each item of an array. */
export type PathStep = { readonly kind: 'member'; readonly key: string } | { readonly kind: 'items' }

const STEP = /\.([\p{L}_$][\p{L}\p{N}_$-]*)|\['((?:[^'\\\n]|\\['\\])*)'\]|\[\*\]/uy

/**
 * The steps of a path such as `$.Records[*]` or `$['a key'][*]`; none for `$`. Undefined if it is
 * not such a path.
 */
export function readRecordPath(path: string): readonly PathStep[] | undefined {
  if (!path.startsWith('$')) return undefined
  const steps: PathStep[] = []
  for (let at = 1; at < path.length; at = STEP.lastIndex) {
    STEP.lastIndex = at
    const match = STEP.exec(path)
    if (!match) return undefined
    const [, name, quoted] = match
    const key = name ?? quoted?.replaceAll(/\\(['\\])/g, '$1')
    steps.push(key === undefined ? { kind: 'items' } : { kind: 'member', key })
  }
  return steps
}

/**
 * The path to the items of an array under the key: `$.Records[*]`. Undefined if no path can name
 * the key.
 */
export function recordsUnder(key: string): string | undefined {
  const paths = [`$.${key}[*]`, `$['${key.replaceAll(/['\\]/g, '\\$&')}'][*]`]
  return paths.find((path) => {
    const [member, ...others] = readRecordPath(path) ?? []
    return member?.kind === 'member' && member.key === key && others.length === 1
  })
}
