/** Warns about a source's files: many that disappeared, and ones that no source reads. */
import type { Source } from '../../declare/definition.ts'
import { printableLine } from '../../text/printable.ts'
import type { Observation, SourceObservation } from '../observation.ts'
import { driftWarnings } from './drift-warnings.ts'
import type { SourceFiles } from './source-files.ts'

/** The warnings about a source; none for a table. */
export function sourceWarnings(declared: Source, observed: Observation | undefined): readonly string[] {
  const { drift } = observed?.state?.provenance.source ?? {}
  const ofKeys = declared.unknownKeys === 'ignore' ? [] : driftWarnings(drift)
  if (declared.rows) return ofKeys
  const source = observed?.source
  if (!source) return []
  return [...lossWarning(source), ...ofKeys, ...ignoredWarning(declared.pattern, source)]
}

/**
 * Warns if more than half of the files disappeared at once, since that can be an accident. Does not
 * warn for a Delta table, whose log says which files it has.
 */
export function lossWarning({ manifest, changes, files, table }: SourceObservation): readonly string[] {
  const gone = changes.removed.length
  if (table || gone * 2 <= manifest.size || files.count === 0) return []
  return [
    `${gone} of the ${manifest.size} files that it was read from no longer exist, such as ${printableLine(changes.removed[0] ?? '')}`,
  ]
}

/**
 * Warns about ignored files. The text differs if the source reads no file at all, because then its
 * pattern is probably wrong.
 */
export function ignoredWarning(pattern: string, { files, ignored }: SourceFiles): readonly string[] {
  if (ignored.count === 0) return []
  const shown =
    ignored.examples.map(printableLine).join(', ') + (ignored.count > ignored.examples.length ? ', ...' : '')
  if (files.count === 0) {
    const all = ignored.count === 1 ? 'its only file is not read' : `none of its ${ignored.count} files is read`
    return [`${all}: no name matches ${pattern} (${shown})`]
  }
  const some = ignored.count === 1 ? '1 file is not read' : `${ignored.count} files are not read`
  return [`${some}: the name does not match ${pattern} (${shown})`]
}
