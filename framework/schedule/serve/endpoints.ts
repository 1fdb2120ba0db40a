/** Serves the health and the metrics of a scheduler over HTTP. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Schedule, SchedulerSettings } from '../../declare/runs/schedule.ts'
import { LakeError, messageOf } from '../../errors.ts'
import type { ScheduleEvent } from '../schedule-events.ts'
import { nextTimes } from '../schedule-times.ts'
import { foldMetrics, metricsText, noMetrics } from './metrics.ts'

export interface Endpoints {
  /** Where it listens, such as `http://127.0.0.1:9464`. */
  readonly address: string
  report(event: ScheduleEvent | LoopTurn): void
  /** Replaces the schedules that are served. */
  serve(schedules: readonly Schedule[]): void
  close(): Promise<void>
}

/** Reports that the loop of the scheduler is alive. */
export interface LoopTurn {
  readonly type: 'looked'
  readonly at: string
}

/**
 * Maximum time since the loop last looked for ticks. While no refresh runs, it looks at least every
 * minute.
 */
const MOST_SILENCE_MS = 3 * 60_000

/**
 * Listens until it is closed. `/healthz` answers 200 while the loop is alive and reaches its lakes,
 * else 503. `/metrics` answers in the text format of Prometheus. Throws `config` if it cannot
 * listen.
 */
export async function openEndpoints(
  { port, host = '127.0.0.1' }: SchedulerSettings,
  first: readonly Schedule[],
): Promise<Endpoints> {
  let schedules = first
  let metrics = noMetrics(first)
  let lookedAt = Date.now()
  const problem = () => {
    const all = [...metrics]
    const unreachable = all.find(([, { reachable }]) => !reachable)
    if (unreachable) return `the lake of the schedule ${unreachable[0]} cannot be reached`
    const isSilent = Date.now() - lookedAt > MOST_SILENCE_MS && !all.some(([, { running }]) => running)
    return isSilent ? 'the scheduler has not looked for ticks for three minutes' : undefined
  }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const answer = isRead ? answerTo(pathname) : undefined
    response.writeHead(answer?.status ?? (isRead ? 404 : 405), { 'content-type': answer?.type ?? 'text/plain' })
    response.end(request.method === 'HEAD' ? undefined : (answer?.body ?? 'not found\n'))
  })
  const answerTo = (path: string): Answer | undefined => {
    if (path === '/healthz') return health(problem())
    if (path !== '/metrics') return undefined
    const next = new Map(
      schedules.flatMap((schedule) => nextTimes(schedule, new Date(), 1).map((time) => [schedule.name, time] as const)),
    )
    return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: metricsText(metrics, next) }
  }
  await listening(server.listen(port, host), `${host}:${port}`)
  server.unref()
  const address = server.address()
  return {
    address: `http://${host}:${typeof address === 'object' ? address?.port : port}`,
    report: (event) => {
      lookedAt = Date.now()
      if (event.type !== 'looked') metrics = foldMetrics(metrics, event)
    },
    serve: (replacing) => {
      schedules = replacing
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

function health(problem: string | undefined): Answer {
  const status = problem === undefined ? 'ok' : 'failing'
  const body = `${JSON.stringify({ status, ...(problem !== undefined && { problem }) })}\n`
  return { status: problem === undefined ? 200 : 503, type: 'application/json', body }
}

async function listening(server: ReturnType<typeof createServer>, where: string): Promise<void> {
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new LakeError('config', {
      problem: `the scheduler cannot listen on ${where}: ${messageOf(error)}`,
      remedy: 'Choose another port or host under `scheduler` in config/lake.config.ts.',
      cause: error,
    })
  }
}
