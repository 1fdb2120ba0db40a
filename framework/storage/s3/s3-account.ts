/** Inspects the AWS account settings for `lake doctor`: credentials, endpoint, first files. */
import { type _Object as ListedObject, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { parseS3Uri } from '../s3-uri.ts'
import type { StoredFile } from '../storage.ts'
import { sharedConnection } from './s3-client.ts'
import { awsError, s3Error } from './s3-error.ts'
import { plainEtag } from './s3-pages.ts'

/** Where credentials come from. Does not contain the credentials themselves. */
export interface CredentialSource {
  readonly kind: 'environment' | 'profile' | 'web-identity' | 'container' | 'machine' | 'unknown'
  /** The name of the AWS profile, for the kind `profile`. */
  readonly profile?: string
  /** How the profile gets them. */
  readonly method?: 'sso' | 'role' | 'process' | 'login' | 'key'
  readonly expiresAt?: Date
}

/**
 * Gets credentials from the SDK's default chain, like a request to S3. Throws `storage` if there
 * are none.
 */
export async function credentialSource(): Promise<CredentialSource> {
  const { client } = await sharedConnection()
  try {
    const credentials: Credentials = await client.config.credentials()
    const { expiration } = credentials
    return { ...sourceOf(Object.keys(credentials.$source ?? {})), ...(expiration && { expiresAt: expiration }) }
  } catch (error) {
    throw awsError(error)
  }
}

/** In `$source`, the SDK lists the features of its chain that it used. */
interface Credentials {
  readonly expiration?: Date
  readonly $source?: Readonly<Record<string, unknown>>
}

function sourceOf(features: readonly string[]): CredentialSource {
  const has = (...names: readonly string[]) => names.some((name) => features.includes(`CREDENTIALS_${name}`))
  if (features.some((name) => name.startsWith('CREDENTIALS_PROFILE'))) {
    return { kind: 'profile', profile: process.env.AWS_PROFILE ?? 'default', method: methodOf(has) }
  }
  if (has('ENV_VARS')) return { kind: 'environment' }
  if (has('ENV_VARS_STS_WEB_ID_TOKEN', 'STS_ASSUME_ROLE_WEB_ID')) return { kind: 'web-identity' }
  if (has('HTTP')) return { kind: 'container' }
  if (has('IMDS')) return { kind: 'machine' }
  return { kind: 'unknown' }
}

function methodOf(has: (...names: readonly string[]) => boolean): NonNullable<CredentialSource['method']> {
  if (has('STS_ASSUME_ROLE', 'STS_ASSUME_ROLE_WEB_ID')) return 'role'
  if (has('PROFILE_SSO', 'PROFILE_SSO_LEGACY', 'SSO', 'SSO_LEGACY')) return 'sso'
  if (has('PROFILE_PROCESS', 'PROCESS')) return 'process'
  return has('PROFILE_LOGIN', 'LOGIN') ? 'login' : 'key'
}

interface S3Endpoint {
  readonly region: string
  /** Undefined for AWS. */
  readonly endpoint: string | undefined
}

/** The region and the endpoint of requests. Throws `storage` if no region is set. */
export async function s3Endpoint(): Promise<S3Endpoint> {
  const { client } = await sharedConnection()
  try {
    return { region: await client.config.region(), endpoint: await client.config.serviceConfiguredEndpoint?.() }
  } catch (error) {
    throw awsError(error)
  }
}

export interface FirstFiles {
  /** At most one page. Paths are relative to the storage's root. */
  readonly files: readonly StoredFile[]
  /** Whether there are more than these. */
  readonly more: boolean
}

/** The first page of the listing. */
export async function firstFiles(uri: string): Promise<FirstFiles> {
  const { bucket, prefix } = parseS3Uri(uri)
  const { client, requests } = await sharedConnection()
  const request = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix })
  try {
    const { Contents = [], IsTruncated = false } = await requests.add(() => client.send(request))
    const objects = Contents.filter(({ Key = '/' }) => !Key.endsWith('/'))
    return { files: objects.map((object) => fileOf(object, prefix)), more: IsTruncated }
  } catch (error) {
    throw s3Error('list', uri, error)
  }
}

function fileOf({ Key = '', Size = 0, ETag }: ListedObject, prefix: string): StoredFile {
  return { path: Key.slice(prefix.length), size: Size, etag: plainEtag(ETag) }
}
