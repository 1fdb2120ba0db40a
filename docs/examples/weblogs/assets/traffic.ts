import { bigint, byKey, defineAsset, double, timestamp } from 'lake'
import { albLog } from './alb_log.ts'

export const traffic = defineAsset({
  key: 'traffic',
  description: 'Requests by hour.',
  columns: {
    hour: timestamp(),
    requests: bigint(),
    clients: bigint(),
    failures: bigint().describe('Answers with a status of 500 or more'),
    sent: bigint().describe('Bytes of all answers'),
    slowest: double().describe('The longest that a target has taken, in seconds').nullable(),
  },
  primaryKey: ['hour'],
  incremental: byKey('hour'),
  upstream: { albLog },
  query: ({ db }) =>
    db
      .selectFrom(
        db
          .selectFrom('albLog')
          .select(({ eb, fn, val }) => [
            fn.truncate('requested_at', 'hour').as('hour'),
            fn.splitPart('client', val(':'), 1).as('ip'),
            eb('elb_status', '>=', 500).as('failed'),
            // A request that no target has answered has -1.
            fn.nullIf('target_seconds', -1).as('seconds'),
            'sent',
          ])
          .as('request'),
      )
      .groupBy('hour')
      .select(({ fn }) => [
        'hour',
        fn.countRows().as('requests'),
        fn.countDistinct('ip').as('clients'),
        fn.countIf('failed').as('failures'),
        fn.sumBigint('sent').as('sent'),
        fn.max('seconds').as('slowest'),
      ]),
})
