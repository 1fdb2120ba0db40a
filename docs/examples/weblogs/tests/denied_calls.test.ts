import { testAsset } from 'lake'
import { expect, it } from 'vitest'
import { deniedCalls } from '../assets/denied_calls.ts'

const call = {
  ...{ event_id: '1', called_at: new Date('2026-11-30T09:00:00Z'), service: 's3.amazonaws.com', call: 'DeleteBucket' },
  ...{ region: 'eu-central-1', caller: 'ann', ip: '192.0.2.44', error: 'AccessDenied' },
}
const later = new Date('2026-11-30T10:00:00Z')

it('counts the calls that were refused, and no others', async () => {
  const cloudtrail = [call, { ...call, event_id: '2', called_at: later }, { ...call, event_id: '3', error: null }]
  expect(await testAsset(deniedCalls, { cloudtrail })).toEqual([
    {
      ...{ caller: 'ann', service: 's3.amazonaws.com', call: 'DeleteBucket', times: 2n },
      ...{ last_at: later, last_error: 'AccessDenied' },
    },
  ])
})
