/** Shows other processes that a scheduler runs on a lake. */
import { LakeError } from '../../errors.ts'
import { SCHEDULER_CLAIM } from '../../run/claims/claim.ts'
import { claimAssets, type HeldClaims } from '../../run/claims/claim-assets.ts'
import { newRunId } from '../../run/run-id.ts'
import type { Storage } from '../../storage/storage.ts'

interface SchedulerLeases {
  /**
   * Takes the lease of each lake if it is free. Prints one note for a lake that cannot be written,
   * or that another scheduler works on; schedules run in any case.
   */
  hold(lakes: readonly Storage[]): Promise<void>
  release(): Promise<void>
  /** Says which scheduler has the lease. */
  describe(): string
}

export function schedulerLeases(note: (text: string) => void): SchedulerLeases {
  const held = new Map<string, HeldClaims>()
  const others = new Map<string, string>()
  const noted = new Set<string>()
  const noteOnce = (lake: Storage, text: string) => {
    if (!noted.has(lake.uri)) note(text)
    noted.add(lake.uri)
  }
  const hold = async (lake: Storage) => {
    if (held.has(lake.uri)) return
    try {
      const claimed = await claimAssets(lake, [SCHEDULER_CLAIM], newRunId(new Date()))
      if (claimed.kind === 'claimed') {
        held.set(lake.uri, claimed.claims)
        others.delete(lake.uri)
        return
      }
      const { pid, host } = claimed.holder
      const other = `process ${pid} on ${host}`
      others.set(lake.uri, other)
      noteOnce(lake, `another scheduler runs on this lake (${other}); each tick runs on one of them`)
    } catch (error) {
      if (!(error instanceof LakeError)) throw error
      noteOnce(lake, `\`lake status\` will not show this scheduler: ${error.message}`)
    }
  }
  return {
    hold: async (lakes) => {
      for (const lake of lakes) await hold(lake)
    },
    release: async () => {
      for (const claims of held.values()) await claims.release().catch(() => undefined)
    },
    describe: () => {
      const holders = [...(held.size > 0 ? [`process ${process.pid}`] : []), ...new Set(others.values())]
      return holders.length === 0 ? 'no lease' : `lease of ${holders.join(', ')}`
    },
  }
}
