import { LakeError } from '../../errors.ts'
import { printableLine } from '../../text/printable.ts'
import { DamagedContent, type StorageVerb } from '../storage-error.ts'
import { CHECKSUM_MISMATCH, failureOf, type S3Failure } from './s3-failure.ts'

/** Runs `call`, on the object or prefix at `uri`, and puts its failure so that people know what to do. */
export async function attempting<Result>(verb: StorageVerb, uri: string, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call()
  } catch (error) {
    throw error instanceof LakeError ? error : s3Error(verb, uri, error)
  }
}

/** The failure of a request to S3, for people. What the SDK holds besides, such as headers with a session token, is left behind. */
export function s3Error(verb: StorageVerb, uri: string, error: unknown): LakeError {
  const failure = failureOf(error)
  const { code, status, requestId } = failure
  const cause = new Error([code, status, requestId, failure.message].filter((part) => part !== undefined).join(' '))
  const details = { code, status, requestId }
  if (code === CHECKSUM_MISMATCH) return new DamagedContent(uri, { cause, details })
  return new LakeError('storage', `Cannot ${verb} ${printableLine(uri)}: ${explain(failure, verb, uri)}`, {
    cause,
    details,
  })
}

/** As `s3Error`, for what failed before any object was asked for: the credentials or the region. */
export function awsError(error: unknown): LakeError {
  const failure = failureOf(error)
  return new LakeError('storage', explain(failure, 'list', ''), { details: { code: failure.code } })
}

function explain(failure: S3Failure, verb: StorageVerb, uri: string): string {
  const { code, status } = failure
  const message = printableLine(failure.message)
  const bucket = uri.split('/')[2]
  if (/expired/i.test(code) || (/\b(token|session)\b/i.test(message) && /\bexpired\b/i.test(message))) {
    return 'the AWS credentials have expired. Sign in again (aws sso login, or new values for AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN).'
  }
  if (/region is missing/i.test(message)) return 'no AWS region is set. Set AWS_REGION, or region in the AWS profile.'
  if (
    status === 301 ||
    /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/.test(code)
  )
    return `the bucket ${bucket} is in another AWS region. Set AWS_REGION${failure.region ? `=${failure.region}` : ' to that of the bucket'}.`
  switch (code) {
    case 'CredentialsProviderError':
    case 'TokenProviderError':
      return `there are no AWS credentials (${message}). Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where there is a role.`
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'InvalidToken':
      return `S3 does not accept the AWS credentials (${code}). Check AWS_PROFILE, or AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.`
    case 'NoSuchBucket':
      return `there is no bucket ${bucket}. Make it, or correct the URI.`
    case 'RequestTimeTooSkewed':
    case 'RequestExpired':
    case 'RequestInTheFuture':
      return 'the clock of this machine is wrong, and S3 therefore refuses its requests. Set it right (NTP).'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `S3 cannot be reached (${message || code}). Check the network, AWS_REGION and AWS_ENDPOINT_URL_S3.`
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ETIMEDOUT':
    case 'TimeoutError':
    case 'TruncatedBody':
      return `the connection to S3 broke again and again (${message || code}). Check the network and AWS_ENDPOINT_URL_S3, then run again.`
    case 'NotImplemented':
      return 'this server lacks what lake needs of S3: writing only where there is no object yet (If-None-Match). Use a server that has it.'
    case 'ConditionalRequestConflict':
      return 'other writers kept getting in between. Run again.'
    case 'AccessDenied':
    case 'Forbidden':
      return denied(verb, bucket)
    default:
      break
  }
  if (status === 403) return denied(verb, bucket)
  if (failure.busy) return `S3 is too busy, or not well (${code}). Run again later.`
  if (/certificate|CERT_/i.test(`${code} ${message}`))
    return `the certificate of the S3 endpoint is not trusted (${message}). Name its authority in NODE_EXTRA_CA_CERTS.`
  return `${code}: ${message}`
}

function denied(verb: StorageVerb, bucket: string | undefined): string {
  return `access is denied. Allow these AWS credentials ${PERMISSIONS[verb]} on the bucket ${bucket}, or use others (AWS_PROFILE).`
}

const PERMISSIONS: Readonly<Record<StorageVerb, string>> = {
  // Without the second, S3 tells of a missing object that access is denied.
  read: 's3:GetObject and s3:ListBucket',
  list: 's3:ListBucket',
  write: 's3:PutObject and s3:AbortMultipartUpload',
  delete: 's3:DeleteObject',
}
