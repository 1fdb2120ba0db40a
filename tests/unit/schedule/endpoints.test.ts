// What a scheduler answers over HTTP.
import { afterEach, describe, expect, it } from 'vitest'
import { LakeError } from '../../../framework/errors.ts'
import { type Endpoints, openEndpoints } from '../../../framework/schedule/serve/endpoints.ts'

const schedules = [{ name: 'night"ly', cron: '0 3 * * *' }]
const open: Endpoints[] = []

async function opened(): Promise<Endpoints> {
  const endpoints = await openEndpoints({ port: 0 }, schedules)
  open.push(endpoints)
  return endpoints
}

afterEach(async () => {
  for (const endpoints of open.splice(0)) await endpoints.close()
})

const about = { at: '2026-05-04T03:00:10.000Z', schedule: 'night"ly', due: '2026-05-04T03:00:00.000Z' }

describe('the endpoints of a scheduler', () => {
  it('can be reached only from this machine, unless the user names a host', async () => {
    expect((await opened()).address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })

  it('say that the scheduler is healthy, or which lake it cannot reach', async () => {
    const endpoints = await opened()
    const health = async () => {
      const answer = await fetch(`${endpoints.address}/healthz`)
      return [answer.status, await answer.json()]
    }
    expect(await health()).toEqual([200, { status: 'ok' }])
    endpoints.report({ type: 'lake-unreachable', ...about, error: { code: 'storage', message: 'no' } })
    expect(await health()).toEqual([
      503,
      { status: 'failing', problem: 'the lake of the schedule night"ly cannot be reached' },
    ])
    endpoints.report({ type: 'lake-reached', ...about })
    expect(await health()).toEqual([200, { status: 'ok' }])
  })

  it('count the ticks by how they ended, in the format of Prometheus', async () => {
    const endpoints = await opened()
    endpoints.report({ type: 'refresh-started', ...about })
    endpoints.report({ type: 'refresh-ended', ...about, durationMs: 10_000, status: 'succeeded' })
    endpoints.report({ type: 'refresh-failed', ...about, durationMs: 500, error: { code: 'bug', message: 'x' } })
    endpoints.report({ type: 'ticks-left-out', ...about, why: 'missed', count: 3, first: about.due, last: about.due })
    endpoints.report({
      type: 'ticks-left-out',
      ...about,
      why: 'superseded',
      count: 9,
      first: about.due,
      last: about.due,
    })
    const answer = await fetch(`${endpoints.address}/metrics`)
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const lines = (await answer.text()).split('\n')
    const of = 'schedule="night\\"ly"'
    expect(lines).toEqual(
      expect.arrayContaining([
        '# TYPE lake_schedule_ticks_total counter',
        `lake_schedule_ticks_total{${of},result="succeeded"} 1`,
        `lake_schedule_ticks_total{${of},result="failed"} 1`,
        `lake_schedule_ticks_total{${of},result="missed"} 3`,
        `lake_schedule_running{${of}} 0`,
        `lake_schedule_last_success_timestamp_seconds{${of}} 1777863610`,
        `lake_schedule_last_duration_seconds{${of}} 0.5`,
        expect.stringMatching(/^lake_schedule_next_tick_timestamp_seconds\{.*\} \d{10}$/),
      ]),
    )
    // Every line is a comment or a sample.
    expect(
      lines.filter((line) => !/^(# (HELP|TYPE) \w+ .+|\w+\{(\w+="([^"\\]|\\.)*",?)+\} -?[\d.]+|)$/.test(line)),
    ).toEqual([])
  })

  it('answer no other request, and cannot use a port that is taken', async () => {
    const { address } = await opened()
    expect((await fetch(`${address}/`)).status).toBe(404)
    expect((await fetch(`${address}/metrics`, { method: 'POST' })).status).toBe(405)
    const port = Number(new URL(address).port)
    await expect(openEndpoints({ port }, schedules)).rejects.toThrow(LakeError)
  })
})
