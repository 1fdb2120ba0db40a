/** The moments of plays, split into their parts. */
import { byKey, defineAsset, int, timestamp } from 'lake'
import { logData } from './sources.ts'

export const time = defineAsset({
  key: 'time',
  description: 'One row per moment at which a song was played, taken apart. All of it is UTC.',
  tags: ['dimension'],
  columns: {
    start_time: timestamp(),
    hour: int().min(0).max(23),
    day: int().min(1).max(31),
    week: int().min(1).max(53),
    month: int().min(1).max(12),
    year: int(),
    weekday: int().min(1).max(7),
  },
  primaryKey: ['start_time'],
  partitionBy: ['year', 'month'],
  incremental: byKey('start_time'),
  upstream: { plays: logData },
  query: ({ db }) =>
    db
      .selectFrom(
        db
          .selectFrom('plays')
          .where('page', '=', 'NextSong')
          .select(({ fn }) => fn.timestampMillis('ts').as('start_time'))
          .distinct()
          .as('moments'),
      )
      .select(({ fn }) => [
        'start_time',
        fn.hour('start_time').as('hour'),
        fn.day('start_time').as('day'),
        fn.isoWeek('start_time').as('week'),
        fn.month('start_time').as('month'),
        fn.year('start_time').as('year'),
        fn.isoWeekday('start_time').as('weekday'),
      ]),
})
