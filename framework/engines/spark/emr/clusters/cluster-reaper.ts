/**
 * Finds and terminates the EMR clusters of dead runs. Loads the AWS SDK only when there is one to
 * terminate.
 */
import type { EmrSettings } from '../../../../declare/emr.ts'
import type { ExternalResources } from '../../../../engine/external-resources.ts'
import type { Storage } from '../../../../storage/storage.ts'
import { mailboxesOf } from '../../driver/driver-submission.ts'
import { type EmrClock, emrClock } from '../api/clock.ts'
import { lakeClusterOwners, runsOwnedBy } from './cluster-owners.ts'
import { lakeIntents } from './intents.ts'

export function clusterReaper(settings: EmrSettings, lake: Storage, clock: EmrClock = emrClock): ExternalResources {
  const owners = lakeClusterOwners(lake)
  return {
    owners: async () => [...new Set((await owners.all()).map(({ owner }) => owner))],
    lastHeardOf: async (owner) => {
      const runs = [...new Set([owner, ...(await runsOwnedBy(owners, [owner]))])]
      const items = await Promise.all(runs.map((runId) => lake.inventory(mailboxesOf(runId))))
      return Math.max(0, ...items.flat().map(({ changedAt }) => changedAt))
    },
    end: async (deadOwners, { notify, signal }) => {
      const [{ terminateOrphaned }, { openAccess }] = await Promise.all([
        import('./orphaned-clusters.ts'),
        import('./find-cluster.ts'),
      ])
      // Read again, because another run can have adopted some of the clusters meanwhile.
      const runIds = await runsOwnedBy(owners, deadOwners)
      const interruptible: EmrClock = { ...clock, wait: (milliseconds) => clock.wait(milliseconds, signal) }
      const access = await openAccess(settings.region, { clock: interruptible, random: Math.random })
      try {
        await terminateOrphaned(runIds, { access, intents: lakeIntents(lake), owners, notify })
      } finally {
        access.api.close()
      }
    },
  }
}
