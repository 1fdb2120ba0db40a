/** Writes the Python types of the Spark job: `npm run spark:types`. */
import { writeFileSync } from 'node:fs'
import { JOB_TYPES, jobTypes } from './job-types.ts'

writeFileSync(JOB_TYPES, jobTypes())
