/** Opens the connection to S3 with the settings of the AWS tools. */
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import PQueue from 'p-queue'
import { LakeError } from '../../errors.ts'

const MAX_REQUESTS = 128
const PAGE_SIZE = 1_000
const CONNECT_MS = 5_000
const SILENCE_MS = 60_000
const ATTEMPTS = 8

/**
 * A client and the queue of its requests. The queue keeps requests from timing out while they wait
 * for a connection.
 */
export interface S3Connection {
  readonly client: S3Client
  readonly requests: PQueue
  /** Number of objects on a page of a listing, 1,000 at most. */
  readonly pageSize: number
}

export interface S3Bucket extends S3Connection {
  readonly name: string
}

let shared: Promise<S3Connection> | undefined

/** The connection that all storages of this process share. */
export function sharedConnection(): Promise<S3Connection> {
  shared ??= openConnection()
  return shared
}

/**
 * A client with the current settings of the environment and the AWS profile: credentials, region,
 * endpoint, retries. For an endpoint other than AWS, the bucket goes into the path, because such
 * servers seldom have a host name for each bucket. Checksums that only AWS may support are off for
 * such an endpoint.
 */
export async function openConnection(): Promise<S3Connection> {
  // package.json's `engines` declares which Node versions lake needs. A warning would only disturb
  // the output of a run.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  const standard = new S3Client({})
  const endpoint = await standard.config.serviceConfiguredEndpoint?.()
  if (endpoint !== undefined) checkUrl(endpoint)
  const client = new S3Client({
    ...(endpoint !== undefined && ownEndpoint(endpoint)),
    ...(process.env.AWS_MAX_ATTEMPTS === undefined && { maxAttempts: ATTEMPTS }),
    region: () => standard.config.region().catch((error) => fallbackRegion(endpoint, error)),
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      httpAgent: { keepAlive: true, maxSockets: 2 * MAX_REQUESTS },
      httpsAgent: { keepAlive: true, maxSockets: 2 * MAX_REQUESTS },
    },
  })
  return { client, requests: new PQueue({ concurrency: MAX_REQUESTS }), pageSize: PAGE_SIZE }
}

/**
 * Throws `config` if the endpoint is not a URL. The message does not quote it: it can contain a
 * password.
 */
function checkUrl(endpoint: string): void {
  if (/^https?:\/\/[^/]/i.test(endpoint) && URL.canParse(endpoint)) return
  throw new LakeError('config', {
    problem: 'the endpoint of S3 that AWS_ENDPOINT_URL_S3 (or AWS_ENDPOINT_URL, or the AWS profile) names is not a URL',
    remedy: 'Write http://host:port or https://host, or unset it for AWS.',
  })
}

function ownEndpoint(endpoint: string): S3ClientConfig {
  return {
    endpoint,
    forcePathStyle: true,
    ...(process.env.AWS_REQUEST_CHECKSUM_CALCULATION === undefined && { requestChecksumCalculation: 'WHEN_REQUIRED' }),
    ...(process.env.AWS_RESPONSE_CHECKSUM_VALIDATION === undefined && { responseChecksumValidation: 'WHEN_REQUIRED' }),
  }
}

/**
 * Reads AWS_DEFAULT_REGION, as other AWS tools do. A server other than AWS has no regions, but its
 * requests are signed with one.
 */
function fallbackRegion(endpoint: string | undefined, error: unknown): string {
  const region = process.env.AWS_DEFAULT_REGION ?? (endpoint === undefined ? undefined : 'us-east-1')
  if (region === undefined) throw error
  return region
}
