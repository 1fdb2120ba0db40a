/** Selects the files that a source reads from those below its root. */
import { isNamedCompressed, unpackedName } from '../../ingest/unpack/compressed-names.ts'
import { nameMatcher } from '../../pattern/glob.ts'
import { namesOf, type PackedDirectory, PackedFiles, withNames } from '../../storage/packed-files.ts'

/** Files that no source reads, because no pattern matches them. */
export interface IgnoredFiles {
  readonly count: number
  /** The first of their paths, in order. */
  readonly examples: readonly string[]
}

export interface SourceFiles {
  readonly files: PackedFiles
  readonly ignored: IgnoredFiles
}

const EXAMPLES = 3

/**
 * Finds a part of a path that begins with `.` or `_`, unless it is a partition directory such as
 * `_day=1`. Programs use such names for unfinished work (`_temporary/0/part-0.json`) and for their
 * logs (`_delta_log`).
 */
const HIDDEN = /(?:^|\/)(?:\.|_(?![^/=]+=[^/]*\/))/

/** Whether the path is internal to another program, so that no source reads the file. */
export const isHidden = (path: string): boolean => HIDDEN.test(path)

/**
 * Splits the listing into the source's files and ignored ones. `patternsHere` are the patterns of
 * all sources with this root: a file of another source is not ignored.
 */
export function sortSourceFiles(
  listed: PackedFiles,
  pattern: string,
  patternsHere: readonly string[] = [],
): SourceFiles {
  const matches = fileNameMatcher([pattern])
  const matchesAny = fileNameMatcher(patternsHere)
  const directories: PackedDirectory[] = []
  const examples: string[] = []
  let count = 0
  for (const directory of listed.directories.values()) {
    if (isHidden(directory.path)) continue
    const names = namesOf(directory).filter((name) => !isHidden(name))
    const own = names.filter(matches)
    if (own.length > 0) directories.push(withNames(directory, own))
    if (own.length === names.length) continue
    const ignored = names.filter((name) => !matches(name) && !matchesAny(name))
    count += ignored.length
    examples.push(...ignored.slice(0, EXAMPLES).map((name) => directory.path + name))
  }
  return { files: new PackedFiles(directories), ignored: { count, examples: examples.sort().slice(0, EXAMPLES) } }
}

function fileNameMatcher(patterns: readonly string[]): (name: string) => boolean {
  const matchers = patterns.flatMap((pattern) => nameMatcher(pattern) ?? [])
  const matchesAny = (name: string) => matchers.some((matches) => matches(name))
  return (name) => matchesAny(name) || (isNamedCompressed(name) && matchesAny(unpackedName(name)))
}
