/** Exports schedules as Kubernetes cron jobs. */
import type { Schedule } from '../../declare/runs/schedule.ts'
import { LakeError } from '../../errors.ts'
import { zoneOf } from '../schedule-times.ts'
import { crontabTime } from './crontab.ts'
import { refreshWords } from './refresh-command.ts'

export interface KubernetesExport {
  readonly format: 'kubernetes'
  /**
   * The container image that holds the project and its packages. Its working directory is the
   * project.
   */
  readonly image: string
  /** The flags that name the profile and the lake, as words. */
  readonly flags: readonly string[]
}

/** Maximum length of the name of a CronJob: Kubernetes adds 11 characters for each job. */
const MAX_NAME = 52

/**
 * Returns a list of CronJobs (batch/v1), one for each schedule, for `kubectl apply -f`. Throws
 * `config` for a schedule that a CronJob cannot express.
 */
export function cronJobs(schedules: readonly Schedule[], target: KubernetesExport): object {
  return { apiVersion: 'v1', kind: 'List', items: schedules.map((schedule) => cronJob(schedule, target)) }
}

/**
 * A failed job is not repeated: lake itself repeats what can succeed at another attempt, and the
 * next due time comes. No job begins while the previous one runs.
 */
function cronJob(schedule: Schedule, { image, flags }: KubernetesExport): object {
  const command = ['npx', 'lake', ...refreshWords(schedule, flags)]
  const container = { name: 'lake', image, command }
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: jobName(schedule), labels: { 'app.kubernetes.io/name': 'lake' } },
    spec: {
      schedule: crontabTime(schedule),
      timeZone: zoneOf(schedule),
      concurrencyPolicy: 'Forbid',
      jobTemplate: {
        spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', containers: [container] } } },
      },
    },
  }
}

function jobName({ name }: Schedule): string {
  const job = `lake-${name}`
  if (/^[a-z0-9-]*[a-z0-9]$/.test(job) && job.length <= MAX_NAME) return job
  throw new LakeError('config', {
    problem: `schedule ${name}: a CronJob cannot be named ${JSON.stringify(job)}`,
    remedy: `Name the schedule with small letters, digits and hyphens, and at most ${MAX_NAME - 'lake-'.length} of them.`,
  })
}
