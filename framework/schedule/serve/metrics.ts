/** Folds the events of a scheduler into metrics for Prometheus. Pure. */
import type { Schedule } from '../../declare/runs/schedule.ts'
import type { ScheduleEvent } from '../schedule-events.ts'

/** How the ticks of a schedule ended. `missed` counts all that never ran. */
const RESULTS = ['succeeded', 'failed', 'canceled', 'fresh', 'skipped', 'missed'] as const

type Result = (typeof RESULTS)[number]

/** The metrics of one schedule since the scheduler started. Times are seconds since the epoch. */
interface ScheduleMetrics {
  readonly ticks: Readonly<Record<Result, number>>
  readonly running: boolean
  readonly reachable: boolean
  readonly lastSuccess?: number
  readonly lastDuration?: number
}

/** By the name of the schedule. */
export type SchedulerMetrics = ReadonlyMap<string, ScheduleMetrics>

const NONE: ScheduleMetrics = {
  ticks: { succeeded: 0, failed: 0, canceled: 0, fresh: 0, skipped: 0, missed: 0 },
  running: false,
  reachable: true,
}

export const noMetrics = (schedules: readonly Schedule[]): SchedulerMetrics =>
  new Map(schedules.map(({ name }) => [name, NONE]))

/** Returns the metrics after an event. */
export function foldMetrics(metrics: SchedulerMetrics, event: ScheduleEvent): SchedulerMetrics {
  switch (event.type) {
    case 'schedules-changed':
      return new Map(event.schedules.map((name) => [name, metrics.get(name) ?? NONE]))
    case 'schedule-waiting':
    case 'refresh-retried':
    case 'project-refused':
    case 'schedule-stopped':
      return metrics
    case 'refresh-started':
    case 'refresh-ended':
    case 'refresh-skipped':
    case 'refresh-failed':
    case 'ticks-left-out':
    case 'lake-unreachable':
    case 'lake-reached':
      return new Map(metrics).set(event.schedule, foldTick(metrics.get(event.schedule) ?? NONE, event))
  }
}

type OfTick = Exclude<
  ScheduleEvent,
  {
    readonly type: 'schedules-changed' | 'schedule-waiting' | 'refresh-retried' | 'project-refused' | 'schedule-stopped'
  }
>

function foldTick(metrics: ScheduleMetrics, event: OfTick): ScheduleMetrics {
  switch (event.type) {
    case 'refresh-started':
      return { ...metrics, running: true }
    case 'refresh-ended':
      return ended(metrics, event.status, event)
    case 'refresh-skipped':
      return ended(metrics, event.reason === 'nothing is stale' ? 'fresh' : 'skipped', event)
    case 'refresh-failed':
      return ended(metrics, 'failed', event)
    case 'ticks-left-out':
      return event.why === 'superseded' ? metrics : counted(metrics, 'missed', event.count)
    case 'lake-unreachable':
      return { ...metrics, reachable: false }
    case 'lake-reached':
      return { ...metrics, reachable: true }
  }
}

interface Ended {
  readonly at: string
  readonly durationMs: number
}

function ended(metrics: ScheduleMetrics, result: Result, { at, durationMs }: Ended): ScheduleMetrics {
  const isGood = result === 'succeeded' || result === 'fresh'
  return {
    ...counted(metrics, result, 1),
    running: false,
    lastDuration: durationMs / 1000,
    ...(isGood && { lastSuccess: Date.parse(at) / 1000 }),
  }
}

const counted = (metrics: ScheduleMetrics, result: Result, count: number): ScheduleMetrics => ({
  ...metrics,
  ticks: { ...metrics.ticks, [result]: metrics.ticks[result] + count },
})

/** Writes the metrics in Prometheus' text format. `next`: name of the schedule -> its next tick. */
export function metricsText(metrics: SchedulerMetrics, next: ReadonlyMap<string, Date>): string {
  const schedules = [...metrics]
  const each = (value: (metrics: ScheduleMetrics, name: string) => number | undefined) =>
    schedules.map(([name, one]) => ({ labels: `schedule="${label(name)}"`, value: value(one, name) }))
  return [
    ...metric('lake_schedule_ticks_total', 'counter', 'Ticks by how they ended, since the scheduler started.', [
      ...schedules.flatMap(([name, { ticks }]) =>
        RESULTS.map((result) => ({ labels: `schedule="${label(name)}",result="${result}"`, value: ticks[result] })),
      ),
    ]),
    ...metric(
      'lake_schedule_running',
      'gauge',
      'Whether a refresh runs.',
      each(({ running }) => Number(running)),
    ),
    ...metric(
      'lake_schedule_lake_reachable',
      'gauge',
      'Whether the lake could be reached at the last look.',
      each(({ reachable }) => Number(reachable)),
    ),
    ...metric(
      'lake_schedule_last_success_timestamp_seconds',
      'gauge',
      'When a tick last succeeded, or found nothing stale.',
      each(({ lastSuccess }) => lastSuccess),
    ),
    ...metric(
      'lake_schedule_last_duration_seconds',
      'gauge',
      'How long the last tick took.',
      each(({ lastDuration }) => lastDuration),
    ),
    ...metric(
      'lake_schedule_next_tick_timestamp_seconds',
      'gauge',
      'When the next tick is due.',
      each((_, name) => seconds(next.get(name))),
    ),
  ]
    .map((line) => `${line}\n`)
    .join('')
}

const seconds = (time: Date | undefined): number | undefined => time && time.getTime() / 1000

interface Sample {
  readonly labels: string
  readonly value: number | undefined
}

function metric(name: string, type: string, help: string, samples: readonly Sample[]): readonly string[] {
  const known = samples.filter(({ value }) => value !== undefined)
  if (known.length === 0) return []
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...known.map(({ labels, value }) => `${name}{${labels}} ${value}`),
  ]
}

const label = (text: string): string => text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')
