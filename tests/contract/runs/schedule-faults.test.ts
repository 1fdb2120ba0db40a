// Schedulers on several hosts share one lake on S3. S3 fails for one or for all of them, or their
// clocks differ. Each tick still runs once, and no scheduler ends.
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Schedule } from '../../../framework/declare/runs/schedule.ts'
import { runSchedules } from '../../../framework/schedule/run-schedules.ts'
import type { ScheduleEvent } from '../../../framework/schedule/schedule-events.ts'
import { openEndpoints } from '../../../framework/schedule/serve/endpoints.ts'
import { openConnection } from '../../../framework/storage/s3/s3-client.ts'
import { S3Storage } from '../../../framework/storage/s3/s3-storage.ts'
import { sharedDirectory } from '../../support/programs/lake-process.ts'
import { SharedTime } from '../../support/programs/shared-time.ts'
import { type FaultProxy, type S3Fault, startFaultProxy } from '../../support/s3/fault-proxy.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

const server = await sharedS3Server()

const REFUSED: S3Fault = { kind: 'error', status: 403, code: 'AccessDenied' }
const LOST: S3Fault = { kind: 'lost-answer' }
const SLOW: S3Fault = { kind: 'slow', milliseconds: 15 }
const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE']

const day = (time: string) => `2026-05-04T${time}:00.000Z`
const hourly: Schedule = { name: 'hourly', cron: '0 * * * *' }

interface Host {
  readonly proxy: FaultProxy
  readonly events: ScheduleEvent[]
  /** How many minutes the clock of this host is ahead. */
  ahead: number
  /** The current answer of `/healthz`. */
  health(): Promise<number>
}

const refuse = ({ proxy }: Host) => {
  for (const method of METHODS) proxy.always(method, REFUSED)
}
const refuseBoth = (...hosts: readonly Host[]) => {
  for (const host of hosts) refuse(host)
}
const calmBoth = (...hosts: readonly Host[]) => {
  for (const { proxy } of hosts) proxy.calm()
}
const types = ({ events }: Host) => events.map(({ type }) => type)

/** The time of each refresh that began on one of the hosts, such as `10:00`, in order. */
const begun = (...hosts: readonly Host[]) =>
  hosts
    .flatMap(({ events }) =>
      events.flatMap((event) => (event.type === 'refresh-started' ? [event.due.slice(11, 16)] : [])),
    )
    .toSorted()

const leftOut = (...hosts: readonly Host[]) =>
  hosts.flatMap(({ events }) =>
    events.flatMap((event) => (event.type === 'ticks-left-out' ? [`${event.why} ${event.first.slice(11, 16)}`] : [])),
  )

describe.skipIf(!server)('schedulers on two hosts', () => {
  const before = { ...process.env }
  const cache = sharedDirectory()
  let bucket = ''
  let uri = ''

  beforeAll(async () => {
    Object.assign(process.env, server?.env)
    bucket = (await server?.bucket()) ?? ''
  })
  beforeEach(() => {
    uri = `s3://${bucket}/${crypto.randomUUID()}`
  })
  afterAll(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
    Object.assign(process.env, before)
  })

  /** What happens at given times, and during each refresh. */
  interface Story {
    readonly to?: string
    readonly at?: Readonly<Record<string, (first: Host, second: Host) => unknown>>
    readonly refresh?: (host: Host) => unknown
    readonly schedule?: Partial<Schedule>
  }

  async function open(): Promise<Host & { readonly work: (time: SharedTime, story: Story) => Promise<void> }> {
    const proxy = await startFaultProxy(server?.endpoint ?? '')
    onTestFinished(() => proxy.close())
    process.env.AWS_ENDPOINT_URL_S3 = proxy.endpoint
    const connection = openConnection()
    const { client } = await connection
    onTestFinished(() => client.destroy())
    const lake = new S3Storage(uri, { connection, cache })
    const endpoints = await openEndpoints({ port: 0 }, [hourly])
    onTestFinished(() => endpoints.close())
    const host: Host = {
      ...{ proxy, events: [], ahead: 0 },
      health: async () => (await fetch(`${endpoints.address}/healthz`)).status,
    }
    const work = (time: SharedTime, { refresh, schedule }: Story) =>
      runSchedules({
        ...{ schedules: [{ ...hourly, ...schedule }], random: () => 0, lakeOf: () => lake, signal: time.ended },
        clock: time.clock(() => host.ahead),
        emit: (event) => {
          endpoints.report(event)
          host.events.push(event)
        },
        refresh: async () => {
          await refresh?.(host)
          await time.pass(1)
          return { kind: 'ran', status: 'succeeded' }
        },
      })
    return Object.assign(host, { work })
  }

  async function happen(story: Story): Promise<readonly [Host, Host]> {
    const time = new SharedTime(day('09:50'), day(story.to ?? '13:30'))
    const [first, second] = [await open(), await open()]
    const moments = Object.entries(story.at ?? {}).map(([at, action]) => async () => {
      await time.sleepUntil(Date.parse(day(at)))
      await action(first, second)
    })
    await time.run([first, second].map((host) => () => host.work(time, story)).concat(moments))
    for (const host of [first, second]) expect(types(host).at(-1)).toBe('schedule-stopped')
    return [first, second]
  }

  it('share the ticks', async () => {
    const [first, second] = await happen({})
    expect(begun(first, second)).toEqual(['10:00', '11:00', '12:00', '13:00'])
    expect(leftOut(first, second)).toEqual([])
  })

  it('run each tick on the host that can reach S3; the other host reports that it is not healthy', async () => {
    const health: number[] = []
    const look = async (first: Host) => health.push(await first.health())
    const [first, second] = await happen({
      at: { '09:55': refuse, '11:30': look, '12:30': ({ proxy }) => proxy.calm(), '13:20': look },
    })
    expect(begun(second)).toEqual(expect.arrayContaining(['10:00', '11:00', '12:00']))
    expect(begun(first, second)).toEqual(['10:00', '11:00', '12:00', '13:00'])
    expect(leftOut(first, second)).toEqual([])
    expect(health).toEqual([503, 200])
    expect(types(first).filter((type) => type.startsWith('lake-'))).toEqual(['lake-unreachable', 'lake-reached'])
  })

  it('run only the latest tick after S3 has refused all requests of both hosts, and report the tick before it as missed', async () => {
    const [first, second] = await happen({
      at: {
        '09:55': refuseBoth,
        '11:20': calmBoth,
      },
    })
    expect(begun(first, second)).toEqual(['11:00', '12:00', '13:00'])
    expect(leftOut(first, second)).toEqual(['superseded 10:00'])
  })

  it('run a tick once if S3 refuses its host until the tick has ended', async () => {
    let refused: Host | undefined
    const [first, second] = await happen({
      refresh: (host) => {
        if (refused) return
        refused = host
        refuse(host)
      },
      to: '11:30',
      // Long before the lease of the host has expired.
      at: { '10:03': () => refused?.proxy.calm() },
    })
    expect(begun(first, second)).toEqual(['10:00', '11:00'])
  })

  it.each([1, 2, 3, 4, 5, 6])(
    'run each tick once if the answers of S3 to %i writes of one host are lost',
    async (count) => {
      const [first, second] = await happen({
        to: '11:30',
        at: { '09:59': ({ proxy }) => proxy.next('PUT', ...Array.from({ length: count }, () => LOST)) },
      })
      expect(begun(first, second)).toEqual(['10:00', '11:00'])
      expect(leftOut(first, second)).toEqual([])
    },
  )

  it('run each tick once if S3 is slow to answer one of them', async () => {
    const [first, second] = await happen({
      at: {
        '09:51': ({ proxy }) => {
          for (const method of METHODS) proxy.always(method, SLOW)
        },
      },
    })
    expect(begun(first, second)).toEqual(['10:00', '11:00', '12:00', '13:00'])
    expect(leftOut(first, second)).toEqual([])
  })

  it('run each tick once if their clocks differ by minutes', async () => {
    const [first, second] = await happen({
      at: {
        '09:51': (...hosts) => {
          hosts[0].ahead = 7
          hosts[1].ahead = -6
        },
      },
    })
    expect(begun(first, second)).toEqual(['10:00', '11:00', '12:00', '13:00'])
    expect(leftOut(first, second)).toEqual([])
  })

  it.each([-40, 40, -600, 600])(
    'run each tick once if the clock of one is set by %i minutes for a while',
    async (ahead) => {
      const [first, second] = await happen({
        at: {
          '10:20': (host) => {
            host.ahead = ahead
          },
          '11:40': (host) => {
            host.ahead = 0
          },
        },
      })
      const all = begun(first, second)
      expect(all).toEqual([...new Set(all)])
      expect(all).toEqual(expect.arrayContaining(['10:00', '11:00', '12:00', '13:00']))
    },
  )
})
