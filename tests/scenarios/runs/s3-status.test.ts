// `lake status` needs few requests for a source of many S3 objects.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { commit } from '../../../framework/delta/commit.ts'
import { latestCommit } from '../../../framework/delta/log/log.ts'
import { Manifest } from '../../../framework/ingest/manifest.ts'
import { knownProvenance } from '../../../framework/observe/provenance.ts'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import { lake, sharedDirectory, startLake } from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'
import { startFaultProxy } from '../../support/s3/fault-proxy.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

const server = await sharedS3Server()

const FILES = 15_000
const DAYS = 150
const ASSETS = 7
const SCHEDULES = 2

/**
 * The paths of this number of files for each day, from a day of 2018 on. Each day has its own
 * directory.
 */
function datedPaths(days: number, firstDay = 0): readonly string[] {
  return Array.from({ length: (days * FILES) / DAYS }, (_, n) => {
    const day = new Date(Date.UTC(2018, 0, 1 + firstDay + (n % days))).toISOString().slice(0, 10)
    return `${day.replaceAll('-', '/')}/${n}.json`
  })
}

describe.skipIf(!server)('the status of a lake with a source of 15,000 objects', () => {
  const cache = sharedDirectory()
  const env = { ...server?.env, XDG_CACHE_HOME: cache }
  let bucket = ''
  const places = () => ['--lake', `s3://${bucket}/lake`, '--input', `s3://${bucket}/input`]
  const put = async (paths: readonly string[], line: string) =>
    server?.fill(bucket, paths.map((path) => `input/${path}`), line) // biome-ignore format: one line
  const songs = (paths: readonly string[]) => put(paths.map((path) => `song_data/${path}`), songLine()) // biome-ignore format: one line

  beforeAll(async () => {
    Object.assign(process.env, env)
    bucket = (await server?.bucket()) ?? ''
    const [first = '', ...others] = datedPaths(DAYS)
    await songs([first])
    await put(['log_data/2018/11/21.json'], playLine())
    expect(lake([...places(), 'materialize'], { env }).status).toBe(0)
    await songs(others)
    await publishAsRead(bucket)
  })
  afterAll(async () => server?.stop())

  /**
   * The status of song_data, the number of requests for pages of its listing, and the number of all
   * other requests.
   */
  const status = async () => {
    const proxy = await startFaultProxy(server?.endpoint ?? '')
    onTestFinished(proxy.close)
    const through = { ...env, AWS_ENDPOINT_URL_S3: proxy.endpoint }
    const status = document(await startLake([...places(), 'status', '--json'], { env: through }).ended)
    const isPage = (request: string) => request.includes('prefix=input%2Fsong_data%2F')
    return {
      state: status.assets.find(({ key }: { readonly key: string }) => key === 'song_data').state,
      pages: proxy.requests.filter(isPage),
      others: proxy.requests.filter((request) => !isPage(request)),
    }
  }

  it('needs 15 pages, requested at the same time, and at most 3 requests for each table and 1 for each schedule', async () => {
    const { state, pages, others } = await status()
    expect(state).toBe('fresh')
    expect(pages).toHaveLength(15)
    expect(pages.filter((request) => request.includes('continuation-token'))).toEqual([])
    expect(others.length).toBeLessThanOrEqual(3 * ASSETS + SCHEDULES)
  })

  it('needs one more page for the files of a new day', async () => {
    await songs(datedPaths(1, DAYS))
    const { state, pages } = await status()
    expect(state).toBe('stale')
    expect(pages).toHaveLength(16)
  })
})

/** Publishes song_data as if it had all of its files. Most of them have no lines. */
async function publishAsRead(bucket: string): Promise<void> {
  const [tables, songs] = [openStorage(`s3://${bucket}/lake`), openStorage(`s3://${bucket}/input/song_data`)]
  const newest = await latestCommit(tables, 'song_data')
  const provenance = knownProvenance(newest?.commitInfo?.lake)
  if (!newest || !provenance?.source) throw new Error('song_data was not materialized')
  const entries = (await songs.list('')).map((file) => ({ ...file, rows: 0, rejected: 0 }))
  const source = { ...provenance.source, manifest: `_lake/sources/song_data/manifest-${randomUUID()}.json.gz` }
  await tables.put(source.manifest, Manifest.of(entries).encode())
  const timestamp = Date.now()
  await commit(tables, 'song_data', {
    readVersion: newest.version,
    actions: {},
    commitInfo: { timestamp, operation: 'WRITE', lake: { ...provenance, source } },
  })
}
