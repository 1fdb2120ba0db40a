import { createJiti } from 'jiti'
import { simulated } from './lake.mjs'

/**
 * The requests of runs over simulated files on S3, and their budget: see
 * tests/support/s3-requests.ts.
 */
export async function requestsToS3(place, { songs, events, days }) {
  const { LAKE_BUDGET, lakeRequests, s3Requests } = await createJiti(import.meta.url).import(
    '../support/s3-requests.ts',
  )
  const counts = await s3Requests(simulated(place, { songs, events, days }))
  if (!counts) throw new Error('no S3 server can be started here')
  return Object.entries(counts).map(([name, run]) => ({
    ...{ name, ...run, lake: lakeRequests(run), budget: LAKE_BUDGET[name] },
  }))
}
