/** Tables whose newest commits are lost. Their logs do not show it; what was made from these commits does. */
import { missingCommit } from '../delta/log/log-files.ts'
import type { Storage } from '../storage/storage.ts'
import type { Observation, Observations, TableState } from './observation.ts'
import type { InputVersion } from './provenance.ts'

/** The same, but for tables that others have read a later version of than they have now: those are damaged. */
export function withLostVersions(lake: Storage, observations: Observations): Observations {
  const read = versionsRead(observations)
  return new Map(
    [...observations].map(([key, observed]) => {
      const isLost = observed.state && read.get(key)?.some(isLaterThan(observed.state))
      return [key, isLost && observed.state ? lost(lake, observed, observed.state) : observed] as const
    }),
  )
}

/** Key -> its versions that the others say they have read. */
function versionsRead(observations: Observations): ReadonlyMap<string, readonly InputVersion[]> {
  const read = new Map<string, InputVersion[]>()
  for (const { state } of observations.values()) {
    if (!state) continue
    const { inputs, referenced = {} } = state.provenance
    for (const [key, version] of [...Object.entries(inputs), ...Object.entries(referenced)]) {
      read.set(key, [...(read.get(key) ?? []), version])
    }
  }
  return read
}

/** A table that was deleted and built anew has lower versions than before too, but its newest one is younger than what was read. */
const isLaterThan =
  ({ version, committedAt }: TableState) =>
  (read: InputVersion): boolean =>
    read.version > version && read.committedAt !== undefined && Date.parse(read.committedAt) > committedAt.getTime()

function lost(lake: Storage, observed: Observation, { version }: TableState): Observation {
  const problem = missingCommit({ storage: lake, table: observed.key }, version + 1)
  return { ...observed, state: undefined, source: undefined, problem }
}
