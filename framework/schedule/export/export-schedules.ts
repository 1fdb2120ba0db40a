/** Exports schedules for another scheduler. */
import type { Schedule } from '../../declare/runs/schedule.ts'
import { crontab } from './crontab.ts'
import { type EventBridgeExport, eventBridgeSchedules } from './eventbridge.ts'
import { cronJobs, type KubernetesExport } from './kubernetes.ts'
import type { RefreshCommand } from './refresh-command.ts'
import { systemdUnits } from './systemd-units.ts'

const SCHEDULE_FORMATS = ['crontab', 'systemd', 'kubernetes', 'eventbridge'] as const

export type ScheduleFormat = (typeof SCHEDULE_FORMATS)[number]

/** A scheduler of this machine. */
interface LocalExport extends RefreshCommand {
  readonly format: 'crontab' | 'systemd'
}

export type ScheduleExport = LocalExport | KubernetesExport | EventBridgeExport

/**
 * Writes lines for a crontab; systemd units, each below its file name as in `systemctl cat`; or
 * JSON for Kubernetes or EventBridge. Throws `config` for a schedule that the format cannot
 * express.
 */
export function exportSchedules(schedules: readonly Schedule[], target: ScheduleExport): string {
  switch (target.format) {
    case 'crontab':
      return crontab(schedules, target)
    case 'systemd':
      return systemdUnits(schedules, target)
        .map(({ name, text }) => `# ${name}\n${text}`)
        .join('\n')
    case 'kubernetes':
      return json(cronJobs(schedules, target))
    case 'eventbridge':
      return json(eventBridgeSchedules(schedules, target))
  }
}

const json = (document: object): string => `${JSON.stringify(document, null, 2)}\n`
