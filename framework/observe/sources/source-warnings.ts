/** What people should know of a source's files, though it does not keep the source from being read. */
import type { Source } from '../../declare/definition.ts'
import { printableLine } from '../../text/printable.ts'
import type { Observation, SourceObservation } from '../observation.ts'
import type { IgnoredFiles } from './source-files.ts'

/** Nothing for a table, and for a source of which all is well. */
export function sourceWarnings(declared: Source, observed: Observation | undefined): readonly string[] {
  const source = observed?.source
  if (!source) return []
  return [...lossWarning(source), ...ignoredWarning(declared.pattern, source)]
}

/** More than half of the files are gone at once: perhaps somebody deleted them, perhaps they are only out of sight. */
export function lossWarning({ manifest, changes, files }: SourceObservation): readonly string[] {
  const gone = changes.removed.length
  if (gone * 2 <= manifest.size || files.length === 0) return []
  return [
    `${gone} of the ${manifest.size} files that it was read from are gone, for instance ${printableLine(changes.removed[0] ?? '')}`,
  ]
}

/** With a first word of its own where the source reads no file at all: then the pattern is probably not what was meant. */
export function ignoredWarning(
  pattern: string,
  { files, ignored }: { readonly files: readonly unknown[]; readonly ignored: IgnoredFiles },
): readonly string[] {
  if (ignored.count === 0) return []
  const shown =
    ignored.examples.map(printableLine).join(', ') + (ignored.count > ignored.examples.length ? ', ...' : '')
  if (files.length === 0) {
    const all =
      ignored.count === 1 ? 'the 1 file there is not read' : `none of the ${ignored.count} files there is read`
    return [`${all}: no name matches ${pattern} (${shown})`]
  }
  const some = ignored.count === 1 ? '1 file is not read' : `${ignored.count} files are not read`
  return [`${some}, for the name does not match ${pattern} (${shown})`]
}
