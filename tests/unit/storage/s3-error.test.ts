// What lake says about failures of S3.
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { LakeError } from '../../../framework/errors.ts'
import { attempting, s3Error } from '../../../framework/storage/s3/s3-error.ts'

const URI = 's3://bucket/lake/a.json'

/** A failure in the form in which the SDK throws it. */
function sdkError(name: string, status?: number, more: object = {}): Error {
  const metadata = { $metadata: { httpStatusCode: status, attempts: 1, requestId: 'REQ1' } }
  return Object.assign(new Error('as S3 puts it'), { name }, metadata, more)
}

function messageOf(error: unknown): string {
  return s3Error('read', URI, error).message
}

describe('a failure of S3', () => {
  it.each([
    ['CredentialsProviderError', undefined, /no AWS credentials were found .*AWS_PROFILE/],
    ['ExpiredToken', 400, /credentials have expired\. Sign in again/],
    ['ExpiredTokenException', 400, /credentials have expired/],
    ['InvalidAccessKeyId', 403, /does not accept the AWS credentials \(InvalidAccessKeyId\)/],
    ['SignatureDoesNotMatch', 403, /does not accept the AWS credentials/],
    [
      'AccessDenied',
      403,
      /access is denied\. Allow these AWS credentials s3:GetObject and s3:ListBucket on the bucket bucket/,
    ],
    ['UnknownError', 403, /access is denied/],
    ['NoSuchBucket', 404, /the bucket bucket does not exist\. Make it/],
    ['RequestTimeTooSkewed', 403, /the clock of this machine is wrong/],
    ['SlowDown', 503, /overloaded or has an internal error \(SlowDown\)\. Run again later/],
    ['InternalError', 500, /overloaded or has an internal error/],
    ['TimeoutError', undefined, /the connection to S3 broke again and again/],
    ['NotImplemented', 501, /does not support a request that lake needs.*If-None-Match/],
    ['SomethingElse', 400, /SomethingElse: as S3 puts it$/],
  ])('%s says what to do', (name, status, expected) => {
    expect(messageOf(sdkError(name, status))).toMatch(expected)
    expect(messageOf(sdkError(name, status))).toContain(`Cannot read ${URI}: `)
  })

  it('names the region of the bucket if S3 reports it', () => {
    const redirect = { $response: { headers: { 'x-amz-bucket-region': 'eu-west-1' } } }
    expect(messageOf(sdkError('PermanentRedirect', 301, redirect))).toContain('Set AWS_REGION=eu-west-1.')
    const wrong = { message: "the region 'us-east-1' is wrong; expecting 'eu-west-2'" }
    expect(messageOf(sdkError('AuthorizationHeaderMalformed', 400, wrong))).toContain('Set AWS_REGION=eu-west-2.')
    expect(messageOf(sdkError('PermanentRedirect', 301))).toContain('Set AWS_REGION to that of the bucket.')
    expect(messageOf(new Error('Region is missing'))).toContain('no AWS region is set. Set AWS_REGION')
  })

  it('distinguishes an expired sign-in from missing credentials', () => {
    const expired = { message: 'The SSO session associated with this profile has expired.' }
    expect(messageOf(sdkError('CredentialsProviderError', undefined, expired))).toContain('aws sso login')
  })

  it('distinguishes an unknown address from a certificate that is not trusted', () => {
    expect(messageOf(Object.assign(new Error('getaddrinfo ENOTFOUND x'), { code: 'ENOTFOUND' }))).toContain(
      'S3 cannot be reached (getaddrinfo ENOTFOUND x). Check the network, AWS_REGION and AWS_ENDPOINT_URL_S3.',
    )
    const certificate = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    expect(messageOf(certificate)).toContain('NODE_EXTRA_CA_CERTS')
  })

  it('keeps what the support of AWS asks for, but nothing of the request', () => {
    const headers = { authorization: 'AWS4-HMAC-SHA256 secret', 'x-amz-security-token': 'secret' }
    const failure = s3Error(
      'write',
      URI,
      sdkError('AccessDenied', 403, { $response: { headers }, request: { headers } }),
    )
    expect(failure.details).toEqual({ code: 'AccessDenied', status: 403, requestId: 'REQ1' })
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain('secret')
  })

  it('does not change an error that lake has already explained', async () => {
    const explained = new LakeError('storage', { problem: 'it changed' })
    await expect(attempting('read', URI, () => Promise.reject(explained))).rejects.toBe(explained)
    await expect(attempting('read', URI, () => Promise.reject(sdkError('NoSuchBucket', 404)))).rejects.toMatchObject({
      code: 'storage',
    })
  })
})
