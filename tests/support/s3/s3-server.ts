/** A real S3 server on this machine. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { python } from '../python/python.ts'

const ACCESS_KEY = 'testkey'
const SECRET_KEY = 'testsecret'
const STARTS = 3
const READY_MS = 180_000
/**
 * Makes Go collect garbage less often. Each bucket takes a megabyte as long as the server lives.
 */
const FEW_COLLECTIONS = { GOGC: '400', GOMEMLIMIT: '2GiB' }

/** A real S3 server, SeaweedFS, that belongs to this process alone. */
export interface S3Server {
  readonly port: number
  readonly endpoint: string
  /** Variables by which the tools of AWS find the server. */
  readonly env: Readonly<Record<string, string>>
  /** The bucket with this name, or a new, empty bucket. */
  bucket(name?: string): Promise<string>
  /**
   * Puts an object with this content under each key. It bypasses S3, and so takes a tenth of the
   * time. Each key must be valid in a URL without escapes.
   */
  fill(bucket: string, keys: readonly string[], body: string): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts a server. Undefined if Python, which installs the server, is missing: see `python`. The
 * server stores its data in the directory `kept`. Without `kept`, its data is removed with the
 * server.
 */
export async function startS3Server(kept?: string): Promise<S3Server | undefined> {
  const program = python('no real S3 server is tried')
  if (program === undefined) return undefined
  const weed = join(dirname(program), 'weed')
  for (let start = 1; ; start++) {
    const server = await tryToStart(weed, kept)
    if (server) return server
    if (start === STARTS) throw new Error(`${weed} did not start`)
  }
}

async function tryToStart(weed: string, kept: string | undefined): Promise<S3Server | undefined> {
  const port = await freePorts()
  const directory = kept ?? mkdtempSync(join(tmpdir(), 'lake-s3-'))
  const args = [`-dir=${directory}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1', `-s3.port=${port}`]
  const shell = spawn(
    'sh',
    [
      '-c',
      UNTIL_PARENT_ENDS,
      'sh',
      kept === undefined ? directory : '',
      weed,
      'mini',
      ...args,
      ...options(port, directory),
    ],
    {
      // An interrupt at the terminal must not end the server, because the tests that use it still
      // have to clean up.
      detached: true,
      env: { ...process.env, ...FEW_COLLECTIONS, AWS_ACCESS_KEY_ID: ACCESS_KEY, AWS_SECRET_ACCESS_KEY: SECRET_KEY },
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: directory,
    },
  )
  const stop = async () => {
    shell.stdin.end()
    if (shell.exitCode === null) await once(shell, 'exit')
  }
  const server = s3ServerAt(port, stop)
  const work = () => server.bucket(kept === undefined ? undefined : 'ready')
  if (await isReady({ endpoint: server.endpoint, hasEnded: () => shell.exitCode !== null }, work)) return server
  await stop()
  return undefined
}

/** The server at a port of this machine, and a function that stops it. */
export function s3ServerAt(port: number, stop: () => Promise<void>): S3Server {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  const endpoint = `http://127.0.0.1:${port}`
  const client = new S3Client({
    endpoint,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY },
  })
  const bucket = async (name = `test-${randomUUID()}`) => {
    await client.send(new CreateBucketCommand({ Bucket: name })).catch((error: Error) => {
      if (error.name !== 'BucketAlreadyExists' && error.name !== 'BucketAlreadyOwnedByYou') throw error
    })
    return name
  }
  return { port, endpoint, env: environment(endpoint), bucket, fill: (...args) => fill(port + 3, ...args), stop }
}

/**
 * A script whose input ends when the parent process ends, for any reason. The script then ends the
 * server, and removes the directory if one is given. It also ends if the server ends.
 */
const UNTIL_PARENT_ENDS = `
  directory=$1
  shift
  exec 3<&0
  "$@" < /dev/null 3<&- &
  server=$!
  { cat <&3 > /dev/null; kill -9 $server; } &
  wait $server
  kill $!
  [ -z "$directory" ] || rm -rf "$directory"`

function options(port: number, directory: string): readonly string[] {
  return [
    `-s3.localSocket=${join(directory, 's3.sock')}`,
    `-master.port=${port + 1}`,
    `-volume.port=${port + 2}`,
    `-filer.port=${port + 3}`,
    `-admin.port=${port + 4}`,
    '-s3.port.iceberg=0',
    '-s3.port.lance=0',
    '-webdav=false',
    '-admin.ui=false',
    '-master.telemetry=false',
    '-volume.preStopSeconds=0',
    // Each bucket has its own volumes. By default the server derives their maximum number from the
    // free space.
    '-volume.max=10000',
  ]
}

function environment(endpoint: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: ACCESS_KEY,
    AWS_SECRET_ACCESS_KEY: SECRET_KEY,
    AWS_REGION: 'us-east-1',
  }
}

async function fill(filer: number, bucket: string, keys: readonly string[], body: string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const put = async (key: string) => {
    const sent = request({ agent, port: filer, method: 'PUT', path: `/buckets/${bucket}/${key}` }).end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    await once(answer.resume(), 'end')
    if (answer.statusCode !== 201) throw new Error(`${key} was not stored: ${answer.statusCode}`)
  }
  await Promise.all(keys.map(put))
  agent.destroy()
}

interface Starting {
  readonly endpoint: string
  readonly hasEnded: () => boolean
}

/**
 * Whether the server is healthy and able to work. After a start, one can be true without the other.
 */
async function isReady({ endpoint, hasEnded }: Starting, work: () => Promise<unknown>): Promise<boolean> {
  const deadline = Date.now() + READY_MS
  while (Date.now() < deadline && !hasEnded()) {
    const healthy = await fetch(`${endpoint}/healthz`).then(
      ({ status }) => status === 200,
      () => false,
    )
    const works = healthy && (await work().then(() => true, () => false)) // biome-ignore format: one thought
    if (works) return true
    await setTimeout(50)
  }
  return false
}

/**
 * The first of five free ports in a row. The ports that are greater by 10,000 are free too. None of
 * them is in the range from which the system assigns ports.
 */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = 20_000 + 5 * Math.floor(Math.random() * 540)
    const ports = [0, 1, 2, 3, 4].flatMap((offset) => [first + offset, first + offset + 10_000])
    const free = await Promise.all(ports.map(isFree))
    if (free.every(Boolean)) return first
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
