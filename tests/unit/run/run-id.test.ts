// What the ID of a run says.
import { expect, it } from 'vitest'
import { newRunId, runStartedAt } from '../../../framework/run/run-id.ts'

it('the ID of a run contains its start, to the millisecond', () => {
  const began = new Date('2018-11-21T21:56:47.796Z')
  expect(runStartedAt(newRunId(began))).toEqual(began)
})

it('a text that is not the ID of a run contains no start', () => {
  for (const id of ['unknown', '', '20181121T215647796Z', '20189921T215647796Z-aaaaaa']) {
    expect(runStartedAt(id)).toBeUndefined()
  }
})
