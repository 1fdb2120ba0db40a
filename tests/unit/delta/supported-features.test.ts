// Which features of Delta tables lake reads, and which it refuses.
import { describe, expect, it } from 'vitest'
import { PROTOCOL, withVectors } from '../../../framework/delta/supported-features.ts'

const configuration = { 'delta.appendOnly': 'false' }
const raised = {
  protocol: {
    ...{ minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['deletionVectors'] },
    writerFeatures: ['deletionVectors', 'appendOnly', 'invariants'],
  },
  configuration: { ...configuration, 'delta.enableDeletionVectors': 'true' },
}

describe('the protocol of a table', () => {
  it('is raised when deletion vectors are used, and lowered when they are not', () => {
    expect(withVectors({ protocol: PROTOCOL, configuration }, true)).toEqual(raised)
    expect(withVectors(raised, true)).toEqual(raised)
    expect(withVectors(raised, false)).toEqual({ protocol: PROTOCOL, configuration })
    expect(withVectors({ protocol: PROTOCOL, configuration }, false)).toEqual({ protocol: PROTOCOL, configuration })
  })

  it('keeps the features of other writers', () => {
    const protocol = { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['rowTracking'] }
    const both = withVectors({ protocol, configuration }, true).protocol
    expect(both).toEqual({
      ...{ minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['deletionVectors'] },
      writerFeatures: ['deletionVectors', 'rowTracking'],
    })
    expect(withVectors({ protocol: both, configuration }, false).protocol).toEqual({
      ...{ minReaderVersion: 3, minWriterVersion: 7, readerFeatures: [], writerFeatures: ['rowTracking'] },
    })
    expect(
      withVectors({ protocol: { minReaderVersion: 1, minWriterVersion: 4 }, configuration }, true).protocol,
    ).toEqual({
      ...{ minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['deletionVectors'] },
      writerFeatures: [
        ...['deletionVectors', 'appendOnly', 'invariants', 'checkConstraints', 'changeDataFeed', 'generatedColumns'],
      ],
    })
  })
})
