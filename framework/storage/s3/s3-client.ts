import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import PQueue from 'p-queue'
import { LakeError } from '../../errors.ts'

const REQUESTS_AT_ONCE = 128
const PAGE_SIZE = 1_000
const CONNECT_MS = 5_000
const SILENCE_MS = 60_000
const ATTEMPTS = 8

/** A client and what keeps its requests from waiting for a connection so long that they are taken for failed. */
export interface S3Connection {
  readonly client: S3Client
  readonly requests: PQueue
  /** How many objects a page of a listing holds: no more than 1,000. */
  readonly pageSize: number
}

export interface S3Bucket extends S3Connection {
  readonly name: string
}

let shared: Promise<S3Connection> | undefined

/** The connection of this process. */
export function sharedConnection(): Promise<S3Connection> {
  shared ??= openConnection()
  return shared
}

/**
 * A client with the settings that the environment and the profile of AWS have now: credentials, region, endpoint, retries. Another endpoint
 * than that of AWS is addressed with the bucket in the path, as such servers have seldom a host name for each bucket, and is spared the
 * checksums that only AWS is sure to know.
 */
export async function openConnection(): Promise<S3Connection> {
  // Told in package.json's `engines` already, and not in the midst of somebody's run.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  const standard = new S3Client({})
  const endpoint = await standard.config.serviceConfiguredEndpoint?.()
  if (endpoint !== undefined) refuseNoUrl(endpoint)
  const client = new S3Client({
    ...(endpoint !== undefined && ownEndpoint(endpoint)),
    ...(process.env.AWS_MAX_ATTEMPTS === undefined && { maxAttempts: ATTEMPTS }),
    region: () => standard.config.region().catch((error) => fallbackRegion(endpoint, error)),
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      httpAgent: { keepAlive: true, maxSockets: 2 * REQUESTS_AT_ONCE },
      httpsAgent: { keepAlive: true, maxSockets: 2 * REQUESTS_AT_ONCE },
    },
  })
  return { client, requests: new PQueue({ concurrency: REQUESTS_AT_ONCE }), pageSize: PAGE_SIZE }
}

/** The value is not printed, for it may hold a password. */
function refuseNoUrl(endpoint: string): void {
  if (/^https?:\/\/[^/]/i.test(endpoint) && URL.canParse(endpoint)) return
  throw new LakeError(
    'config',
    'the endpoint of S3 that AWS_ENDPOINT_URL_S3 (or AWS_ENDPOINT_URL, or the AWS profile) names is no URL. ' +
      'Write http://host:port or https://host, or unset it for AWS.',
  )
}

function ownEndpoint(endpoint: string): S3ClientConfig {
  return {
    endpoint,
    forcePathStyle: true,
    ...(process.env.AWS_REQUEST_CHECKSUM_CALCULATION === undefined && { requestChecksumCalculation: 'WHEN_REQUIRED' }),
    ...(process.env.AWS_RESPONSE_CHECKSUM_VALIDATION === undefined && { responseChecksumValidation: 'WHEN_REQUIRED' }),
  }
}

/** The other AWS tools read AWS_DEFAULT_REGION too. A server of one's own has no regions, yet requests are signed with one. */
function fallbackRegion(endpoint: string | undefined, error: unknown): string {
  const region = process.env.AWS_DEFAULT_REGION ?? (endpoint === undefined ? undefined : 'us-east-1')
  if (region === undefined) throw error
  return region
}
