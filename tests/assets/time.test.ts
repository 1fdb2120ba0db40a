// The rules of the time table.
import { testAsset } from 'lake'
import { describe, expect, it } from 'vitest'
import { time } from '../../assets/time.ts'
import { play } from './rows.ts'

const at = (moment: string) => play({ ts: BigInt(Date.parse(moment)) })

describe('time', () => {
  it('has one row for each moment of a play, split into its parts in UTC', async () => {
    const plays = [at('2018-11-21T21:56:47.796Z'), at('2018-11-21T21:56:47.796Z'), play({ page: 'Home', ts: 0n })]
    expect(await testAsset(time, { plays })).toEqual([
      {
        start_time: new Date('2018-11-21T21:56:47.796Z'),
        ...{ hour: 21, day: 21, week: 47, month: 11, year: 2018, weekday: 3 },
      },
    ])
  })

  it.each([
    ['2018-12-31T23:59:59.999Z', { week: 1, year: 2018, weekday: 1, hour: 23 }],
    ['2016-01-03T00:00:00.000Z', { week: 53, year: 2016, weekday: 7, hour: 0 }],
    ['1969-12-31T23:00:00.001Z', { week: 1, year: 1969, weekday: 3, hour: 23 }],
  ])('counts weeks and weekdays as ISO 8601 does: %s', async (moment, parts) => {
    expect(await testAsset(time, { plays: [at(moment)] })).toMatchObject([parts])
  })
})
