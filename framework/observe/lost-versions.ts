/** Finds tables whose newest commits are lost, by the versions that their downstreams have read. */
import { missingCommit } from '../delta/log/log-files.ts'
import type { Storage } from '../storage/storage.ts'
import type { Observation, Observations, TableState } from './observation.ts'
import type { InputVersion } from './provenance.ts'

/**
 * Marks a table as damaged if another asset has read a later version than the table has now. Its
 * own log does not show the loss.
 */
export function withLostVersions(lake: Storage, observations: Observations): Observations {
  const read = versionsRead(observations)
  return new Map(
    [...observations].map(([key, observed]) => {
      const isLost = observed.state && read.get(key)?.some(isLaterThan(observed.state))
      return [key, isLost && observed.state ? lost(lake, observed, observed.state) : observed] as const
    }),
  )
}

/** Key -> the versions that other assets have read. */
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

/**
 * A table that was deleted and built again has lower versions too. But then its newest version is
 * younger than the one that was read.
 */
const isLaterThan =
  ({ version, committedAt }: TableState) =>
  (read: InputVersion): boolean =>
    read.version > version && read.committedAt !== undefined && Date.parse(read.committedAt) > committedAt.getTime()

function lost(lake: Storage, observed: Observation, { version }: TableState): Observation {
  const problem = missingCommit({ storage: lake, table: observed.key }, version + 1)
  return { ...observed, state: undefined, source: undefined, problem }
}
