/** Keeps lakes and source files apart, so that lake never reads what it wrote as source data. */
import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { LakeError } from '../../errors.ts'
import { isLocal } from '../../storage/is-local.ts'

/** The locations of one profile, as absolute paths or URIs. */
export interface ProfileLocations {
  readonly name: string
  readonly lake: string
  /** Source key -> the location of its files. */
  readonly sources: ReadonlyMap<string, string>
}

/**
 * Throws `config` with both paths if a lake and a source's files are in the same place, or one is
 * inside the other. Compares the used profile with itself and with every other profile.
 */
export function refuseOverlaps(used: ProfileLocations, others: readonly ProfileLocations[]): void {
  const canonical = memoized(canonicalUri)
  const refuse = (lakes: ProfileLocations, readers: ProfileLocations) => {
    const lake = canonical(lakes.lake)
    for (const [key, uri] of readers.sources) {
      const source = canonical(uri)
      if (isWithin(source, lake) || isWithin(lake, source)) throw overlap(lakes, readers, key)
    }
  }
  refuse(used, used)
  for (const other of others) {
    refuse(used, other)
    refuse(other, used)
  }
}

function overlap(lakes: ProfileLocations, readers: ProfileLocations, key: string): LakeError {
  const of = (locations: ProfileLocations) => (lakes === readers ? '' : ` of the profile ${locations.name}`)
  const uri = readers.sources.get(key) ?? ''
  return new LakeError('config', {
    problem: `the lake${of(lakes)} (${shown(lakes.lake)}) and the files of ${key}${of(readers)} (${shown(uri)}) overlap: lake would read what it writes as source data`,
    remedy: 'Move one of them out of the other.',
  })
}

/** Adds the real location if the path contains links. */
function shown(uri: string): string {
  const real = canonicalUri(uri)
  return real === uri ? uri : `${uri}, which is ${real}`
}

const isWithin = (inner: string, outer: string): boolean =>
  `${inner}/`.startsWith(outer.endsWith('/') ? outer : `${outer}/`)

function canonicalUri(uri: string): string {
  return isLocal({ uri }) ? realPath(uri) : uri
}

/** Resolves links in the part of the path that exists. */
function realPath(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    const above = dirname(path)
    return above === path ? path : join(realPath(above), basename(path))
  }
}

function memoized(make: (uri: string) => string): (uri: string) => string {
  const results = new Map<string, string>()
  return (uri) => {
    const result = results.get(uri) ?? make(uri)
    results.set(uri, result)
    return result
  }
}
