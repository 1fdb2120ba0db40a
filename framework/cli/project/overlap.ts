/** Keeps lakes and source files apart: what lake writes must never be read as source data, nor lie where source data is put. */
import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { LakeError } from '../../errors.ts'
import { isLocal } from '../../storage/is-local.ts'

/** The places of one profile, absolute. */
export interface ProfilePlaces {
  readonly name: string
  readonly lake: string
  /** Source key -> where its files are. */
  readonly sources: ReadonlyMap<string, string>
}

/**
 * Throws `config`, with both paths, where a lake and the files of a source are in the same place or one within the other: those of the profile
 * that is used, and its own against those of every other profile.
 */
export function refuseOverlaps(used: ProfilePlaces, others: readonly ProfilePlaces[]): void {
  const canonical = remembered(canonicalPlace)
  const refuse = (lakes: ProfilePlaces, readers: ProfilePlaces) => {
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

function overlap(lakes: ProfilePlaces, readers: ProfilePlaces, key: string): LakeError {
  const of = (places: ProfilePlaces) => (lakes === readers ? '' : ` of the profile ${places.name}`)
  const uri = readers.sources.get(key) ?? ''
  return new LakeError(
    'config',
    `the lake${of(lakes)} (${shown(lakes.lake)}) and the files of ${key}${of(readers)} (${shown(uri)}) overlap: ` +
      'what lake writes would be read as source data. Give one of them a place outside of the other.',
  )
}

/** With the place that links lead to, where that is another. */
function shown(place: string): string {
  const real = canonicalPlace(place)
  return real === place ? place : `${place}, which is ${real}`
}

const isWithin = (inner: string, outer: string): boolean =>
  `${inner}/`.startsWith(outer.endsWith('/') ? outer : `${outer}/`)

function canonicalPlace(place: string): string {
  return isLocal({ uri: place }) ? realPath(place) : place
}

/** Without links, as far as the path is there. */
function realPath(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    const above = dirname(path)
    return above === path ? path : join(realPath(above), basename(path))
  }
}

function remembered(make: (place: string) => string): (place: string) => string {
  const made = new Map<string, string>()
  return (place) => {
    const known = made.get(place) ?? make(place)
    made.set(place, known)
    return known
  }
}
