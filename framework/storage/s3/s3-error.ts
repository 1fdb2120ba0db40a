/** Explains failures of S3 and says what to do about them. */
import { LakeError } from '../../errors.ts'
import { printableLine } from '../../text/printable.ts'
import { DamagedContent, type Explanation, type StorageVerb } from '../storage-error.ts'
import { CHECKSUM_MISMATCH, failureOf, type S3Failure } from './s3-failure.ts'

/** Runs `call` on the object or prefix at `uri`, and explains its failure. */
export async function attempting<Result>(verb: StorageVerb, uri: string, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call()
  } catch (error) {
    throw error instanceof LakeError ? error : s3Error(verb, uri, error)
  }
}

/**
 * Explains the failure of a request to S3. Leaves out the rest of the SDK's error, such as headers
 * with a session token.
 */
export function s3Error(verb: StorageVerb, uri: string, error: unknown): LakeError {
  const failure = failureOf(error)
  const { code, status, requestId } = failure
  const cause = new Error([code, status, requestId, failure.message].filter((part) => part !== undefined).join(' '))
  const details = { code, status, requestId }
  if (code === CHECKSUM_MISMATCH) return new DamagedContent(uri, { cause, details })
  const { problem, ...rest } = explain(failure, verb, uri)
  return new LakeError('storage', {
    problem: `Cannot ${verb} ${printableLine(uri)}: ${problem}`,
    ...rest,
    cause,
    details,
    transient: failure.busy || failure.broken || failure.hindered,
  })
}

/** Like `s3Error`, for a failure before any request: of the credentials or the region. */
export function awsError(error: unknown): LakeError {
  const failure = failureOf(error)
  return new LakeError('storage', { ...explain(failure, 'list', ''), details: { code: failure.code } })
}

function explain(failure: S3Failure, verb: StorageVerb, uri: string): Explanation {
  const bucket = uri.split('/')[2]
  const denied = {
    problem: 'access is denied',
    remedy: `Allow these AWS credentials ${PERMISSIONS[verb]} on the bucket ${bucket}, or use others (AWS_PROFILE).`,
  }
  const { code, status } = failure
  const message = printableLine(failure.message)
  const known = explainSetting(failure, message, bucket) ?? explainCode(code, message, bucket)
  if (known) return known
  if (status === 403 || code === 'AccessDenied' || code === 'Forbidden') return denied
  if (failure.busy)
    return { problem: `S3 is overloaded or has an internal error (${code})`, remedy: 'Run again later.' }
  if (/certificate|CERT_/i.test(`${code} ${message}`)) {
    return {
      problem: `the certificate of the S3 endpoint is not trusted (${message})`,
      remedy: 'Name its authority in NODE_EXTRA_CA_CERTS.',
    }
  }
  return { problem: `${code}: ${message}` }
}

/**
 * Explains what several codes and messages of the SDK mean: expired credentials, or a region that
 * is missing or wrong.
 */
function explainSetting(
  { code, status, region }: S3Failure,
  message: string,
  bucket: string | undefined,
): Explanation | undefined {
  if (/expired/i.test(code) || (/\b(token|session)\b/i.test(message) && /\bexpired\b/i.test(message))) {
    return {
      problem: 'the AWS credentials have expired',
      remedy:
        'Sign in again (aws sso login, or new values for AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN).',
    }
  }
  if (/region is missing/i.test(message)) {
    return { problem: 'no AWS region is set', remedy: 'Set AWS_REGION, or region in the AWS profile.' }
  }
  const redirects = /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/
  if (status !== 301 && !redirects.test(code)) return undefined
  return {
    problem: `the bucket ${bucket} is in another AWS region`,
    remedy: `Set AWS_REGION${region ? `=${region}` : ' to that of the bucket'}.`,
  }
}

function explainCode(code: string, message: string, bucket: string | undefined): Explanation | undefined {
  switch (code) {
    case 'CredentialsProviderError':
    case 'TokenProviderError':
      return {
        problem: `no AWS credentials were found (${message})`,
        remedy:
          'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run on a machine that has an AWS role.',
      }
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'InvalidToken':
      return {
        problem: `S3 does not accept the AWS credentials (${code})`,
        remedy: 'Check AWS_PROFILE, or AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.',
      }
    case 'NoSuchBucket':
      return { problem: `the bucket ${bucket} does not exist`, remedy: 'Make it, or correct the URI.' }
    case 'RequestTimeTooSkewed':
    case 'RequestExpired':
    case 'RequestInTheFuture':
      return {
        problem: 'the clock of this machine is wrong, and S3 therefore refuses its requests',
        remedy: 'Set it right (NTP).',
      }
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return {
        problem: `S3 cannot be reached (${message || code})`,
        remedy: 'Check the network, AWS_REGION and AWS_ENDPOINT_URL_S3.',
      }
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ETIMEDOUT':
    case 'TimeoutError':
    case 'TruncatedBody':
      return {
        problem: `the connection to S3 broke again and again (${message || code})`,
        remedy: 'Check the network and AWS_ENDPOINT_URL_S3, then run again.',
      }
    case 'NotImplemented':
      return {
        problem:
          'this server does not support a request that lake needs: to write an object only if it does not exist (If-None-Match)',
        remedy: 'Use a server that supports it.',
      }
    case 'ConditionalRequestConflict':
      return { problem: 'other writers wrote to it at the same time, again and again', remedy: 'Run again.' }
    default:
      return undefined
  }
}

const PERMISSIONS: Readonly<Record<StorageVerb, string>> = {
  // Without s3:ListBucket, S3 answers "access is denied" for a missing object.
  read: 's3:GetObject and s3:ListBucket',
  list: 's3:ListBucket',
  write: 's3:PutObject and s3:AbortMultipartUpload',
  delete: 's3:DeleteObject',
}
