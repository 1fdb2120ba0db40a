import { bigint, byKey, defineAsset, text, timestamp } from 'lake'
import { cloudtrail } from './cloudtrail.ts'

export const deniedCalls = defineAsset({
  key: 'denied_calls',
  description: 'Calls that AWS refused, by caller and call.',
  columns: {
    caller: text(),
    service: text(),
    call: text(),
    times: bigint(),
    last_at: timestamp(),
    last_error: text().nullable(),
  },
  primaryKey: ['caller', 'service', 'call'],
  incremental: byKey('caller', 'service', 'call'),
  upstream: { cloudtrail },
  query: ({ db }) =>
    db
      .selectFrom(
        db
          .selectFrom('cloudtrail')
          .where('error', 'is not', null)
          .select(({ fn, val }) => [
            // Calls of AWS services have no ARN.
            fn.coalesce('caller', val('an AWS service')).as('caller'),
            'service',
            'call',
            'called_at',
            'error',
          ])
          .as('refused'),
      )
      .groupBy(['caller', 'service', 'call'])
      .select(({ fn }) => [
        'caller',
        'service',
        'call',
        fn.countRows().as('times'),
        fn.max('called_at').as('last_at'),
        fn.maxBy('error', 'called_at').as('last_error'),
      ]),
})
