/** How many requests a run sends to S3. People pay for each request, and wait for it. */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lake, sharedDirectory } from '../../support/programs/lake-process.ts'
import { type CountedRun, LAKE_BUDGET, lakeRequests, s3Requests } from '../../support/s3/s3-requests.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

const [SONGS, DAYS] = [40, 6]

it('a run reads each new source file once, lists each source once, and stays within its number of requests to the lake', async (context) => {
  const input = join(sharedDirectory(), 'input')
  const sizes = ['--songs', SONGS, '--events', 600, '--days', DAYS, '--seed', 1].map(String)
  expect(lake(['simulate', '--out', input, ...sizes]).status).toBe(0)
  const server = await sharedS3Server()
  if (!server) return context.skip()
  const counts = await s3Requests(input, server)
  const source = ({ sourceGets, sourceLists }: { sourceGets: number; sourceLists: number }) => [sourceGets, sourceLists]
  expect(source(counts['full refresh'])).toEqual([SONGS + DAYS, 2])
  expect(source(counts['nothing to do'])).toEqual([0, 2])
  expect(source(counts.status)).toEqual([0, 2])
  expect(source(counts['a song’s file'])).toEqual([1, 2])
  expect(source(counts['a late event'])).toEqual([1, 2])
  const runs = Object.keys(LAKE_BUDGET) as readonly CountedRun[]
  const dear = runs.filter((run) => lakeRequests(counts[run]) > LAKE_BUDGET[run])
  expect(dear, JSON.stringify(counts, null, 2)).toEqual([])
})
