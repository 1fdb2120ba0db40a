/** The users who played songs. */
import { byKey, defineAsset, text } from 'lake'
import { logData } from './sources.ts'

export const users = defineAsset({
  key: 'users',
  description: 'One row per user who played a song, as the latest play shows them.',
  tags: ['dimension'],
  columns: {
    user_id: text().min(1),
    first_name: text().nullable(),
    last_name: text().nullable(),
    gender: text().nullable(),
    level: text(),
  },
  primaryKey: ['user_id'],
  incremental: byKey('user_id'),
  upstream: { plays: logData },
  query: ({ db }) =>
    db
      .selectFrom(
        db
          .selectFrom('plays')
          .where('page', '=', 'NextSong')
          .where('userId', '<>', '')
          .select(['userId', 'firstName', 'lastName', 'gender', 'level'])
          .select(({ fn }) =>
            fn
              .rowNumber()
              .over((over) =>
                over
                  .partitionBy('userId')
                  .orderBy('ts', 'desc')
                  .orderBy('sessionId', 'desc')
                  .orderBy('itemInSession', 'desc'),
              )
              .as('age'),
          )
          .as('latest'),
      )
      .where('age', '=', 1)
      .select(['userId as user_id', 'firstName as first_name', 'lastName as last_name', 'gender', 'level']),
})
