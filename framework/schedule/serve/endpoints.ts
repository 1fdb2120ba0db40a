/** Serves the health and the metrics of a scheduler over HTTP. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Schedule, SchedulerSettings } from '../../declare/runs/schedule.ts'
import { LakeError, messageOf } from '../../errors.ts'
import type { ScheduleEvent } from '../schedule-events.ts'
import { nextTimes } from '../schedule-times.ts'
import { foldMetrics, metricsText, noMetrics, type SchedulerMetrics } from './metrics.ts'

/** Reports that the loop of the scheduler is alive. */
interface LoopTurn {
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
  schedules: readonly Schedule[],
): Promise<Endpoints> {
  const endpoints = new Endpoints(host, schedules)
  await endpoints.listen(port)
  return endpoints
}

export class Endpoints {
  readonly #host: string
  readonly #server = createServer((request, response) => this.#respond(request, response))
  /** Undefined before it listens. */
  #port: number | undefined
  #schedules: readonly Schedule[]
  #metrics: SchedulerMetrics
  /** When the loop last gave a sign of life, in milliseconds since the epoch. */
  #lookedAt = Date.now()

  constructor(host: string, schedules: readonly Schedule[]) {
    this.#host = host
    this.#schedules = schedules
    this.#metrics = noMetrics(schedules)
  }

  async listen(port: number): Promise<void> {
    await listening(this.#server.listen(port, this.#host), `${this.#host}:${port}`)
    this.#server.unref()
    const address = this.#server.address()
    this.#port = typeof address === 'object' ? address?.port : port
  }

  /** Where it listens, such as `http://127.0.0.1:9464`. */
  get address(): string {
    return `http://${this.#host}:${this.#port}`
  }

  report(event: ScheduleEvent | LoopTurn): void {
    this.#lookedAt = Date.now()
    if (event.type !== 'looked') this.#metrics = foldMetrics(this.#metrics, event)
  }

  /** Replaces the schedules that are served. */
  serve(schedules: readonly Schedule[]): void {
    this.#schedules = schedules
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const answer = isRead ? this.#answer(pathname) : undefined
    response.writeHead(answer?.status ?? (isRead ? 404 : 405), { 'content-type': answer?.type ?? 'text/plain' })
    response.end(request.method === 'HEAD' ? undefined : (answer?.body ?? 'not found\n'))
  }

  #answer(path: string): Answer | undefined {
    if (path === '/healthz') return health(this.#problem())
    if (path !== '/metrics') return undefined
    const times = this.#schedules.flatMap((schedule) =>
      nextTimes(schedule, new Date(), 1).map((time) => [schedule.name, time] as const),
    )
    const body = metricsText(this.#metrics, new Map(times))
    return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body }
  }

  #problem(): string | undefined {
    const all = [...this.#metrics]
    const unreachable = all.find(([, { reachable }]) => !reachable)
    if (unreachable) return `the lake of the schedule ${unreachable[0]} cannot be reached`
    const isSilent = Date.now() - this.#lookedAt > MOST_SILENCE_MS && !all.some(([, { running }]) => running)
    return isSilent ? 'the scheduler has not looked for ticks for three minutes' : undefined
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
