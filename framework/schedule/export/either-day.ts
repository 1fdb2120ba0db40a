/**
 * Refuses schedules that restrict both day fields, for schedulers that cannot express "either of
 * them".
 */
import type { Schedule } from '../../declare/runs/schedule.ts'
import { LakeError } from '../../errors.ts'

/**
 * Cron matches a day that satisfies either field. The other scheduler matches only a day that
 * satisfies both, or takes only one field.
 */
export function eitherDay({ name, cron }: Schedule, scheduler: string): LakeError {
  const message = `schedule ${name}: ${JSON.stringify(cron)} restricts both day of month and day of week`
  const remedy = 'Make it two schedules, one for each, or export a crontab.'
  return new LakeError('config', { problem: `${message}, which ${scheduler} cannot express`, remedy })
}
