/** A program that starts EMR steps as a run does, for tests that kill it. */
import { lakeClusterOwners } from '../../../framework/engines/spark/emr/clusters/cluster-owners.ts'
import { lakeIntents } from '../../../framework/engines/spark/emr/clusters/intents.ts'
import { emrLauncher } from '../../../framework/engines/spark/emr/emr-launcher.ts'
import type { JobSubmission } from '../../../framework/engines/spark/launch/launcher.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'

/** Submits a step and waits for it. The first argument is the lake, and the second is the step. */
const [, , lake = '', submission = ''] = process.argv
const launcher = emrLauncher(
  {},
  {
    runId: '20261129T081500000Z-00000a',
    lakeUri: 's3://lake/sparkify',
    job: { main: 's3://lake/_lake/spark/job/h/main.py', pyFiles: [] },
    intents: lakeIntents(localStorage(lake)),
    owners: lakeClusterOwners(localStorage(lake)),
    adoptedRuns: [],
    notify: () => undefined,
  },
)
const job = await launcher.submit(JSON.parse(submission) as JobSubmission)
await job.ended
