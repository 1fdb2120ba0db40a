/** Decides which files of the tables' logs a vacuum deletes, without touching storage. */
import { versionOfFile } from '../../delta/log/log-files.ts'
import { byPath } from '../../storage/stored-file.ts'
import { hasLostVersions, type LakeContents, type VacuumDecision, versionsToKeep } from './vacuum-plan.ts'

/**
 * The oldest version of each table that has to stay in its log. The log keeps every version that
 * was the newest within the time for which history is kept, whose files are kept, or with which
 * checks compare the next version. If the log has lost such a version, the vacuum removes nothing.
 */
export function oldestLogged(contents: LakeContents): ReadonlyMap<string, number> {
  const { tables, olderThan, keepHistory, compared } = contents
  const retained = { ...contents, olderThan: Math.max(olderThan, keepHistory) }
  const kept = versionsToKeep(retained)
  return new Map(
    [...tables].map(([key, table]) => {
      const { oldest, versions } = table
      const first = hasLostVersions(retained, table) ? 0 : (kept.get(key)?.[0]?.from ?? oldest)
      const next = (versions.at(-1)?.version ?? oldest) + 1
      return [key, Math.min(first, next - (compared.get(key) ?? 0))]
    }),
  )
}

/**
 * The files of each log that are older than its new beginning. They are in the order in which they
 * must be deleted: the oldest first, so that no commit is ever missing after an older one.
 */
export function decideLogs(
  { items }: Pick<LakeContents, 'items'>,
  beginnings: ReadonlyMap<string, number>,
): ReadonlyMap<string, readonly VacuumDecision[]> {
  const decided = new Map<string, VacuumDecision[]>()
  for (const { path, size, unfinished } of items) {
    const { table: key, version } = versionOfFile(path) ?? {}
    const beginning = key === undefined ? undefined : beginnings.get(key)
    if (unfinished || key === undefined || version === undefined) continue
    if (beginning === undefined || version >= beginning) continue
    const why = `of version ${version}: the log begins at version ${beginning} now`
    decided.set(key, [...(decided.get(key) ?? []), { path, size, action: 'delete', why }])
  }
  return new Map([...decided].map(([key, files]) => [key, files.toSorted(byPath)]))
}
