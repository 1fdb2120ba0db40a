// The types of the Spark job are those of its specs.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { JOB_TYPES, jobTypes } from '../../../support/spark/job/job-types.ts'

describe('the types of the Spark job', () => {
  it('are those of the specs and results: `npm run spark:types` writes them', () => {
    expect(readFileSync(JOB_TYPES, 'utf8')).toBe(jobTypes())
  })
})
