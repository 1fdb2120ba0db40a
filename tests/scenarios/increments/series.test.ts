/** Tables with fn.series follow their upstreams, and the guide shows their real rows. */
import { readFileSync } from 'node:fs'
import { bigint, byKey, date, defineAsset, defineSource, int, testAsset, text } from 'lake'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { errors, modes, outcomes } from '../../support/lakes/test-run.ts'
import { guideBlocks } from '../../support/programs/guide.ts'

const plays = defineSource({ key: 'plays', columns: { song: text(), day: date() } })
const subscriptions = defineSource({
  key: 'subscriptions',
  columns: { user: text(), first_day: date(), last_day: date().nullable() },
})

const calendar = defineAsset({
  key: 'calendar',
  description: 'Every day from the first play to the last.',
  columns: { day: date(), year: int(), iso_week: int(), is_weekend: int() },
  primaryKey: ['day'],
  incremental: byKey('day'),
  upstream: { plays },
  query: ({ db }) => {
    const span = db.selectFrom('plays').select(({ fn }) => [fn.min('day').as('first'), fn.max('day').as('last')])
    const days = db.selectFrom(span.as('span')).select(({ fn }) => fn.series('first', 'last', 'day').as('day'))
    return db
      .selectFrom(days.as('days'))
      .select(({ fn, eb }) => [
        'day',
        fn.year('day').as('year'),
        fn.isoWeek('day').as('iso_week'),
        eb.case().when(fn.isoWeekday('day'), '>', 5).then(1).else(0).end().as('is_weekend'),
      ])
  },
})

const playsOfDays = defineAsset({
  key: 'plays_of_days',
  description: 'The plays of each day, those without plays too.',
  columns: { day: date(), plays: bigint() },
  primaryKey: ['day'],
  incremental: byKey('day'),
  upstream: { calendar, plays },
  query: ({ db }) =>
    db
      .selectFrom('calendar')
      .leftJoin('plays', 'plays.day', 'calendar.day')
      .groupBy('calendar.day')
      .select(({ fn }) => ['calendar.day', fn.count('plays.song').as('plays')]),
})

const subscribers = defineAsset({
  key: 'subscribers',
  description: 'How many users have a subscription on each day.',
  columns: { day: date(), users: bigint() },
  primaryKey: ['day'],
  incremental: byKey('day'),
  upstream: { subscriptions },
  query: ({ db }) =>
    db
      .selectFrom(
        db
          .selectFrom('subscriptions')
          .select(({ fn }) => ['user', fn.series('first_day', 'last_day', 'day').as('day')])
          .as('days'),
      )
      .groupBy('day')
      .select(({ fn }) => ['day', fn.countDistinct('user').as('users')]),
})

const play = (day: string) => ({ song: 'a song', day })
const subscription = (user: string, first_day: string, last_day: string | null) => ({ user, first_day, last_day })

describe('a table with a row for each day', () => {
  let lake: TestLake
  beforeEach(() => {
    lake = new TestLake()
  })
  afterEach(() => lake.close())

  it('gains rows for days when a later play is added, and loses them when the play is removed', async () => {
    const graph = graphOf([plays, calendar, playsOfDays])
    lake.write('plays/1.json', [play('2024-02-27'), play('2024-03-01')])
    expect(errors(await lake.run(graph))).toEqual([])
    lake.write('plays/2.json', [play('2024-03-03'), play('2024-02-28')])
    const later = await lake.run(graph)
    expect(errors(later)).toEqual([])
    expect(modes(later)).toMatchObject({ calendar: 'keys', plays_of_days: 'keys' })
    expect(await lake.differences(graph)).toEqual({})
    lake.remove('plays/2.json')
    expect(errors(await lake.run(graph))).toEqual([])
    expect(await lake.differences(graph)).toEqual({})
    lake.write('plays/3.json', [play('2024-02-29')])
    expect(outcomes(await lake.run(graph))).toMatchObject({ calendar: 'unchanged', plays_of_days: 'materialized' })
    expect(await lake.differences(graph)).toEqual({})
  })

  it('follows intervals that get an end, move, or change their direction', async () => {
    const graph = graphOf([subscriptions, subscribers])
    const change = async (...all: readonly ReturnType<typeof subscription>[]) => {
      lake.write('subscriptions/1.json', all)
      const run = await lake.run(graph)
      expect(errors(run)).toEqual([])
      expect(await lake.differences(graph)).toEqual({})
      return run
    }
    lake.write('subscriptions/2.json', [subscription('Ada', '2024-01-30', '2024-03-02')])
    await change(subscription('Bo', '2024-02-28', null), subscription('Cy', '2024-03-05', '2024-03-01'))
    const ended = await change(
      subscription('Bo', '2024-02-28', '2024-03-01'),
      subscription('Cy', '2024-03-05', '2024-03-01'),
    )
    expect(modes(ended)).toMatchObject({ subscribers: 'keys' })
    await change(subscription('Bo', '2024-03-02', '2024-03-04'), subscription('Cy', '2024-03-01', '2024-03-05'))
    await change()
  })

  it('fails if an interval has too many values, with the row, the limit and what to do', async () => {
    const seconds = defineAsset({
      key: 'seconds',
      columns: { n: bigint() },
      upstream: { subscriptions },
      query: ({ db }) =>
        db
          .selectFrom(
            db
              .selectFrom('subscriptions')
              .select(({ fn }) => fn.series(fn.toTimestamp('first_day'), fn.toTimestamp('last_day'), 'second').as('at'))
              .as('each'),
          )
          .select(({ fn }) => fn.countRows().as('n')),
      oneRow: true,
    })
    lake.write('subscriptions/1.json', [subscription('Ada', '2024-01-01', '2024-01-02')])
    const graph = graphOf([subscriptions, seconds])
    expect(errors(await lake.run(graph))).toEqual([])
    lake.write('subscriptions/1.json', [subscription('Ada', '2024-01-01', '2024-01-31')])
    const [error] = errors(await lake.run(graph))
    expect(error?.message).toContain('fn.series gives more than 1,000,000 values for one row, from 2024-01-01')
  })

  it('has the hours of the days in a time zone, even of days on which clocks change', async () => {
    const hours = defineAsset({
      key: 'hours',
      columns: { day: date(), hours: bigint() },
      primaryKey: ['day'],
      upstream: { plays },
      query: ({ db }) => {
        const each = db.selectFrom('plays').select(({ fn }) => {
          const midnight = (day: 'day' | ReturnType<typeof fn.addTo<'day', 1>>) =>
            fn.fromZone(fn.toTimestamp(day), 'Europe/Berlin')
          const last = fn.addTo(midnight(fn.addTo('day', 1, 'day')), -1, 'second')
          return ['day', fn.series(midnight('day'), last, 'hour').as('hour')]
        })
        return db
          .selectFrom(each.as('each'))
          .groupBy('day')
          .select(({ fn }) => ['day', fn.countRows().as('hours')])
      },
    })
    expect(await testAsset(hours, { plays: ['2019-03-31', '2019-04-01', '2019-10-27'].map(play) })).toEqual([
      { day: '2019-03-31', hours: 23n },
      { day: '2019-04-01', hours: 24n },
      { day: '2019-10-27', hours: 25n },
    ])
  })

  it('can be tested on rows in memory like any other table', async () => {
    const rows = { plays: [play('2024-03-02'), play('2024-02-29')] }
    expect(await testAsset(calendar, rows)).toEqual([
      { day: '2024-02-29', year: 2024, iso_week: 9, is_weekend: 0 },
      { day: '2024-03-01', year: 2024, iso_week: 9, is_weekend: 0 },
      { day: '2024-03-02', year: 2024, iso_week: 9, is_weekend: 1 },
    ])
    expect(await testAsset(calendar, { plays: [] })).toEqual([])
  })
})

it('the declarations of the guide are those that these tests use', () => {
  const here = readFileSync(import.meta.filename, 'utf8')
  const blocks = guideBlocks('docs/guides/tables/series.md').map(({ text }) =>
    text.replace('export ', '').replace(/,\n$/, ''),
  )
  expect(blocks).toHaveLength(3)
  for (const block of blocks) expect(here).toContain(block)
})
