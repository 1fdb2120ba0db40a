/** Counts the requests that runs of the built program send to a real S3 server. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import { startFaultProxy } from './fault-proxy.ts'
import type { S3Server } from './s3-server.ts'
import { upload } from './upload.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** Numbers of requests of one run. */
export interface RequestCounts {
  /** GETs of source files. */
  readonly sourceGets: number
  /** Pages of listings of sources, with 1,000 files each. */
  readonly sourceLists: number
  readonly lists: number
  readonly gets: number
  readonly puts: number
  readonly deletes: number
}

/** Maximum number of requests of a run to the lake. Requests for source files do not count. */
export const LAKE_BUDGET = {
  'full refresh': 130,
  'nothing to do': 20,
  status: 22,
  'a song’s file': 60,
  'a late event': 100,
} as const

export type CountedRun = keyof typeof LAKE_BUDGET

export const lakeRequests = ({ lists, gets, puts, deletes }: RequestCounts): number => lists + gets + puts + deletes

/**
 * Uploads simulated files, runs the five assets over them, and counts the requests of three runs:
 * the first run, a run with nothing to do, and a run after one file of each source got another
 * line.
 */
export async function s3Requests(
  input: string,
  server: S3Server,
): Promise<Readonly<Record<CountedRun, RequestCounts>>> {
  const proxy = await startFaultProxy(server.endpoint)
  const cache = mkdtempSync(join(tmpdir(), 'lake-s3-cache-'))
  try {
    Object.assign(process.env, server.env)
    const bucket = `s3://${await server.bucket()}`
    await upload(input, `${bucket}/input`)
    const source = openStorage(`${bucket}/input`)
    const env = { ...server.env, AWS_ENDPOINT_URL_S3: proxy.endpoint, XDG_CACHE_HOME: cache, CI: '1' }
    const counted = async (command: string) => {
      const before = proxy.requests.length
      await run([command, '--lake', `${bucket}/lake`, '--input', `${bucket}/input`], env)
      return countsOf(proxy.requests.slice(before))
    }
    const changed = async (key: string, line: (text: string) => string) => {
      const [{ path } = { path: '' }] = await source.list(key)
      const text = readFileSync(join(input, path), 'utf8').trimEnd()
      await source.put(path, `${text}\n${line(text)}\n`)
      return counted('materialize')
    }
    return {
      'full refresh': await counted('materialize'),
      'nothing to do': await counted('materialize'),
      status: await counted('status'),
      'a song’s file': await changed('song_data', () => ''),
      'a late event': await changed('log_data', lateEvent),
    }
  } finally {
    await proxy.close()
    rmSync(cache, { recursive: true, force: true })
  }
}

/** An event with a session and an item that no other event has. */
function lateEvent(text: string): string {
  return JSON.stringify({ ...JSON.parse(text.split('\n', 1)[0] ?? ''), page: 'NextSong', itemInSession: 1_000_000 })
}

/** Runs the program without blocking this process, in which the proxy is. */
async function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'main.js'), ...args], {
    ...{ cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  })
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => said.push(text))
  const [status] = await once(child, 'close')
  if (status !== 0) throw new Error(`lake ${args.join(' ')} ended with ${status}:\n${Buffer.concat(said)}`)
}

/** A request is a text such as `GET /bucket/key?query`. */
function countsOf(requests: readonly string[]): RequestCounts {
  const kinds = requests.map(kindOf)
  const count = (kind: string) => kinds.filter((one) => one === kind).length
  const counts = {
    ...{ sourceGets: count('GET of input'), sourceLists: count('LIST of input') },
    ...{ lists: count('LIST of lake'), gets: count('GET of lake') },
    ...{ puts: count('PUT of lake'), deletes: count('DELETE of lake') },
  }
  const known = Object.values(counts).reduce((sum, one) => sum + one, 0)
  if (known !== requests.length) throw new Error(`unknown requests: ${[...new Set(kinds)].join(', ')}`)
  return counts
}

function kindOf(request: string): string {
  const [method = '', path = ''] = request.split(' ')
  const { pathname, searchParams } = new URL(path, 'http://s3')
  const isListing = searchParams.has('list-type')
  const key = isListing ? (searchParams.get('prefix') ?? '') : pathname.split('/').slice(2).join('/')
  return `${isListing ? 'LIST' : method} of ${key.split('/')[0]}`
}
