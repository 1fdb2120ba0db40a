/** Counts the requests that runs send to a real S3 server. */
import { createJiti } from 'jiti'
import { simulated } from '../lake.mjs'

/**
 * The requests of runs over simulated files on S3, and their limits: see
 * tests/support/s3/s3-requests.ts.
 */
export async function requestsToS3(place, { songs, events, days }) {
  const jiti = createJiti(import.meta.url)
  const { LAKE_BUDGET, lakeRequests, s3Requests } = await jiti.import('../../support/s3/s3-requests.ts')
  const { startS3Server } = await jiti.import('../../support/s3/s3-server.ts')
  const server = await startS3Server()
  if (!server) throw new Error('no S3 server can be started here')
  const counts = await s3Requests(simulated(place, { songs, events, days }), server)
  await server.stop()
  return Object.entries(counts).map(([name, run]) => ({
    ...{ name, ...run, lake: lakeRequests(run), budget: LAKE_BUDGET[name] },
  }))
}
