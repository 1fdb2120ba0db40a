/** Exports schedules for the machine's own scheduler. */
import type { Schedule } from '../declare/project.ts'
import { crontab } from './crontab.ts'
import type { RefreshCommand } from './refresh-command.ts'
import { systemdUnits } from './systemd-units.ts'

export type ScheduleFormat = 'crontab' | 'systemd'

export interface ExportSchedules extends RefreshCommand {
  readonly format: ScheduleFormat
}

/**
 * Writes lines for a crontab, or systemd units, each below its file name as in `systemctl cat`.
 * Throws `config` for a schedule that the format cannot express.
 */
export function exportSchedules(schedules: readonly Schedule[], { format, ...command }: ExportSchedules): string {
  switch (format) {
    case 'crontab':
      return crontab(schedules, command)
    case 'systemd':
      return systemdUnits(schedules, command)
        .map(({ name, text }) => `# ${name}\n${text}`)
        .join('\n')
  }
}
