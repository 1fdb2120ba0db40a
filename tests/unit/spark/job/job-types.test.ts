// The types of the Spark job agree with the schemas of its specs and results.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { JOB_TYPES, jobTypes } from '../../../support/spark/job/job-types.ts'

describe('the types of the Spark job', () => {
  it('are those that `npm run spark:types` writes from the schemas of specs and results', () => {
    expect(readFileSync(JOB_TYPES, 'utf8')).toBe(jobTypes())
  })
})
