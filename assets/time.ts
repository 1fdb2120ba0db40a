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
  query: ({ db, fn }) =>
    db
      .selectFrom(
        db
          .selectFrom('plays')
          .where('page', '=', 'NextSong')
          .select(({ ref }) => fn.timestampMillis(ref('ts')).as('start_time'))
          .distinct()
          .as('moments'),
      )
      .select(({ ref }) => [
        'start_time',
        fn.hour(ref('start_time')).as('hour'),
        fn.day(ref('start_time')).as('day'),
        fn.isoWeek(ref('start_time')).as('week'),
        fn.month(ref('start_time')).as('month'),
        fn.year(ref('start_time')).as('year'),
        fn.isoWeekday(ref('start_time')).as('weekday'),
      ]),
})
