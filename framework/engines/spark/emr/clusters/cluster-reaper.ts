import type { EmrSettings } from '../../../../declare/emr.ts'
import type { ExternalResources } from '../../../../engine/external-resources.ts'
import type { Storage } from '../../../../storage/storage.ts'
import { mailboxesOf } from '../../driver/driver-submission.ts'
import { type EmrClock, emrClock } from '../api/clock.ts'
import { lakeClusterOwners, makersHeldBy } from './cluster-owners.ts'
import { lakeIntents } from './intents.ts'

/** The clusters that runs have made for themselves, by the notes of the lake. The SDK is loaded when there is one to end. */
export function clusterReaper(settings: EmrSettings, lake: Storage, clock: EmrClock = emrClock): ExternalResources {
  const notes = lakeClusterOwners(lake)
  return {
    holders: async () => [...new Set((await notes.all()).map(({ holder }) => holder))],
    lastHeardOf: async (holder) => {
      const runs = [...new Set([holder, ...(await makersHeldBy(notes, [holder]))])]
      const items = await Promise.all(runs.map((runId) => lake.inventory(mailboxesOf(runId))))
      return Math.max(0, ...items.flat().map(({ changedAt }) => changedAt))
    },
    end: async (holders, { notify, signal }) => {
      const [{ terminateOrphaned }, { openAccess }] = await Promise.all([
        import('./orphaned-clusters.ts'),
        import('./find-cluster.ts'),
      ])
      // Read once more: a run may have begun to go on with what one of them left.
      const makers = await makersHeldBy(notes, holders)
      const hasty: EmrClock = { ...clock, wait: (milliseconds) => clock.wait(milliseconds, signal) }
      const access = await openAccess(settings.region, { clock: hasty, random: Math.random })
      try {
        await terminateOrphaned(makers, { access, intents: lakeIntents(lake), notes, notify })
      } finally {
        access.api.close()
      }
    },
  }
}
