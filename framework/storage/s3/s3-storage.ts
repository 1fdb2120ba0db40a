import { LakeError } from '../../errors.ts'
import { cachedCopies } from '../copies/local-copies.ts'
import { innerKey, innerPath } from '../inner-path.ts'
import { cacheRoot } from '../local/cache-root.ts'
import { parseS3Uri, s3Uri } from '../s3-uri.ts'
import type { Storage } from '../storage.ts'
import type { StorageVerb } from '../storage-error.ts'
import type { S3Connection } from './s3-client.ts'
import { attempting } from './s3-error.ts'
import { mayComeWhole } from './s3-failure.ts'
import type { S3Bucket } from './s3-objects.ts'

type Objects = typeof import('./s3-objects.ts')
type Work<Result> = (objects: Objects, bucket: S3Bucket) => Promise<Result>

export interface S3Options {
  /** The process's own where it is not given. */
  readonly connection?: Promise<S3Connection>
  /** Where copies of objects are kept: a local directory. */
  readonly cache?: string
}

/**
 * The objects of a bucket below a prefix. The etag is that of the object. Writing only what is not there yet rests on the server's
 * conditional requests (If-None-Match), which AWS and most servers of its kind have.
 *
 * Credentials, region and endpoint are those that the tools of AWS find: AWS_PROFILE, AWS_ACCESS_KEY_ID and so on, AWS_REGION,
 * AWS_ENDPOINT_URL_S3. The SDK is loaded by the first request.
 */
export function s3Storage(uri: string, options: S3Options = {}): Storage {
  const place = parseS3Uri(uri)
  const root = s3Uri(place)
  const locate = (path: string): string => (path === '' ? root : `${root}/${path}`)
  const keyOf = (path: string): string => place.prefix + innerKey(root, path)
  /** Of an object that is written or deleted. */
  const ownKey = (path: string): string => place.prefix + innerPath(root, path)
  const directoryKey = (path: string): string => {
    const directory = path.replace(/\/+$/, '')
    return directory === '' ? place.prefix : `${keyOf(directory)}/`
  }
  const open = once(async (): Promise<readonly [Objects, S3Bucket]> => {
    const objects = await import('./s3-objects.ts')
    const connection = await (options.connection ?? objects.sharedConnection())
    return [objects, { ...connection, name: place.bucket }]
  })
  const attempt = <Result>(verb: StorageVerb, path: string, work: Work<Result>): Promise<Result> =>
    attempting(verb, locate(path), async () => work(...(await open())))
  const list = (path: string, known: readonly string[] = []) =>
    attempt('list', path, (s3, bucket) => s3.listObjects(bucket, directoryKey(path), known.map(keyOf)))
  const stream: Storage['stream'] = async (path) => {
    const opened = await attempt('read', path, (s3, bucket) => s3.streamObject(bucket, keyOf(path)))
    return opened && { ...opened, path, settled: true, chunks: explained(locate(path), opened.chunks) }
  }
  const openWhole = async (path: string) => {
    const opened = await attempt('read', path, (s3, bucket) => s3.openObject(bucket, keyOf(path)))
    return opened && { ...opened, path, settled: true, chunks: explained(locate(path), opened.chunks) }
  }
  const copies = cachedCopies(options.cache ?? cacheRoot(), { root, open: openWhole, passes: mayPass })
  return {
    uri: root,
    copies,
    locate,
    stream,
    exists: async () => true,
    list: async (prefix, known) =>
      (await list(prefix, known)).map(({ key, size, etag }) => ({ path: key.slice(place.prefix.length), size, etag })),
    inventory: async (prefix) =>
      (await list(prefix)).map(({ key, size, modifiedAt }) => ({
        path: key.slice(place.prefix.length),
        size,
        changedAt: modifiedAt,
        unfinished: false,
      })),
    names: (directory, after = '') =>
      attempt('list', directory, (s3, bucket) => s3.listNames(bucket, directoryKey(directory), after)),
    directories: () => attempt('list', '', (s3, bucket) => s3.listDirectories(bucket, place.prefix)),
    read: async (path, mostBytes) => {
      const content = await attempt('read', path, (s3, bucket) => s3.readObject(bucket, keyOf(path), mostBytes))
      return content && { ...content, path, settled: true }
    },
    put: async (path, body) => {
      const key = ownKey(path)
      await attempt('write', path, (s3, bucket) => s3.putObject(bucket, key, bytesOf(body)))
    },
    putIfAbsent: async (path, body) => {
      const key = ownKey(path)
      return attempt('write', path, (s3, bucket) => s3.putObjectIfAbsent(bucket, key, bytesOf(body)))
    },
    putLocalFile: async (localPath, path) => {
      const key = ownKey(path)
      await attempt('write', path, (s3, bucket) => s3.uploadFile(bucket, key, localPath))
      await copies.keep(localPath, locate(path))
    },
    move: async (from, to) => {
      const [source, target] = [ownKey(from), ownKey(to)]
      await attempt('write', to, async (s3, bucket) => {
        await s3.copyObject(bucket, source, target)
        await s3.deleteObject(bucket, source)
      })
    },
    copy: async (from, to) => {
      const [source, target] = [keyOf(from), ownKey(to)]
      await attempt('write', to, (s3, bucket) => s3.copyObject(bucket, source, target))
    },
    delete: async (path) => {
      const key = ownKey(path)
      await attempt('delete', path, (s3, bucket) => s3.deleteObject(bucket, key))
      await copies.forget(locate(path))
    },
  }
}

function mayPass(error: unknown, attempts: number): boolean {
  const { code } = ((error instanceof LakeError && error.details) || {}) as { readonly code?: string }
  return mayComeWhole(code, attempts)
}

function bytesOf(body: Uint8Array | string): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body
}

async function* explained(uri: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  for (;;) {
    const next = await attempting('read', uri, () => iterator.next())
    if (next.done) return
    yield next.value
  }
}

/** Calls `make` when it is first asked for; again after it has failed. */
function once<Result>(make: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | undefined
  return () => {
    made ??= make().catch((error) => {
      made = undefined
      throw error
    })
    return made
  }
}
