/** Shows other processes that a scheduler runs on a lake. */
import { LakeError } from '../errors.ts'
import { claimAssets, type HeldClaims, SCHEDULER_CLAIM } from '../run/claims.ts'
import { newRunId } from '../run/run-id.ts'
import type { Storage } from '../storage/storage.ts'

export interface SchedulerLease {
  /**
   * Takes the lease if it is free. Prints one note if another scheduler has it or the lake cannot
   * be written; schedules run in any case.
   */
  hold(): Promise<void>
  release(): Promise<void>
}

export function schedulerLease(lake: Storage, note: (text: string) => void): SchedulerLease {
  let held: HeldClaims | undefined
  let noted = false
  const noteOnce = (text: string) => {
    if (!noted) note(text)
    noted = true
  }
  return {
    hold: async () => {
      if (held) return
      try {
        const claim = await claimAssets(lake, [SCHEDULER_CLAIM], newRunId(new Date()))
        if (claim.kind === 'claimed') held = claim.held
        else
          noteOnce(
            `another scheduler runs on this lake (process ${claim.by.pid} on ${claim.by.host}); both keep running`,
          )
      } catch (error) {
        if (!(error instanceof LakeError)) throw error
        noteOnce(`\`lake status\` will not show this scheduler: ${error.message}`)
      }
    },
    release: async () => {
      await held?.release().catch(() => undefined)
    },
  }
}
