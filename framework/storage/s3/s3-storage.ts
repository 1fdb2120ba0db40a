/** Implements the storage port on the objects of an S3 bucket. */
import { CachedCopies } from '../copies/local-copies.ts'
import { innerKey, innerPath } from '../inner-path.ts'
import { cacheRoot } from '../local/cache-root.ts'
import { PackedFiles } from '../packed-files.ts'
import { parseS3Uri, s3Uri } from '../s3-uri.ts'
import type { Storage, StoredContent, StoredFile, StoredItem, StoredStream } from '../storage.ts'
import { awsCode, type StorageVerb } from '../storage-error.ts'
import type { S3Connection } from './s3-client.ts'
import { attempting } from './s3-error.ts'
import { canComeIntact } from './s3-failure.ts'
import type { S3Bucket } from './s3-objects.ts'
import type { S3Stream } from './s3-read.ts'

type Requests = typeof import('./s3-objects.ts')
type Opened = readonly [Requests, S3Bucket]
type Work<Result> = (requests: Requests, bucket: S3Bucket) => Promise<Result>

interface S3Options {
  /** By default, the connection that all storages of this process share. */
  readonly connection?: Promise<S3Connection>
  /** The local directory for copies of objects. By default, the user's cache. */
  readonly cache?: string
}

/**
 * The objects of a bucket below a prefix. An etag is the object's ETag. `putIfAbsent` relies on
 * conditional requests (If-None-Match), which AWS and most compatible servers support.
 *
 * Credentials, region and endpoint come from the settings of the AWS tools: AWS_PROFILE,
 * AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT_URL_S3 and others. The first request loads the SDK.
 */
export class S3Storage implements Storage {
  readonly uri: string
  readonly copies: CachedCopies
  readonly #bucket: string
  /** '' or ends with a slash. */
  readonly #prefix: string
  readonly #options: S3Options
  #opened: Promise<Opened> | undefined

  constructor(uri: string, options: S3Options = {}) {
    const location = parseS3Uri(uri)
    this.uri = s3Uri(location)
    this.#bucket = location.bucket
    this.#prefix = location.prefix
    this.#options = options
    this.copies = new CachedCopies(options.cache ?? cacheRoot(), {
      root: this.uri,
      open: (path) => this.#openWithChecksum(path),
      isTransient,
    })
  }

  /** An arrow function, so that callers can pass it on. */
  readonly locate = (path: string): string => (path === '' ? this.uri : `${this.uri}/${path}`)

  async exists(): Promise<boolean> {
    return true
  }

  async list(prefix: string, known?: readonly string[]): Promise<readonly StoredFile[]> {
    const objects = await this.#list(prefix, known)
    return objects.map(({ key, size, etag }) => ({ path: this.#pathOf(key), size, etag }))
  }

  async listPacked(prefix: string, known?: () => readonly string[]): Promise<PackedFiles> {
    return PackedFiles.of(await this.list(prefix, known?.()))
  }

  async inventory(prefix: string): Promise<readonly StoredItem[]> {
    const objects = await this.#list(prefix)
    return objects.map(({ key, size, modifiedAt }) => ({
      path: this.#pathOf(key),
      size,
      changedAt: modifiedAt,
      unfinished: false,
    }))
  }

  names(directory: string, after = '', beginning = ''): Promise<readonly string[]> {
    const named = { prefix: this.#directoryKey(directory), after, beginning }
    return this.#attempt('list', directory, (s3, bucket) => s3.listNames(bucket, named))
  }

  directories(): Promise<readonly string[]> {
    return this.#attempt('list', '', (s3, bucket) => s3.listDirectories(bucket, this.#prefix))
  }

  async read(path: string, mostBytes?: number): Promise<StoredContent | undefined> {
    const content = await this.#attempt('read', path, (s3, bucket) =>
      s3.readObject(bucket, this.#keyOf(path), mostBytes),
    )
    return content && { ...content, path, settled: true }
  }

  async stream(path: string): Promise<StoredStream | undefined> {
    return this.#explained(
      path,
      await this.#attempt('read', path, (s3, bucket) => s3.streamObject(bucket, this.#keyOf(path))),
    )
  }

  async put(path: string, body: Uint8Array | string): Promise<void> {
    const key = this.#ownKey(path)
    await this.#attempt('write', path, (s3, bucket) => s3.putObject(bucket, key, bytesOf(body)))
  }

  async putIfAbsent(path: string, body: Uint8Array | string): Promise<'created' | 'exists'> {
    const key = this.#ownKey(path)
    return this.#attempt('write', path, (s3, bucket) => s3.putObjectIfAbsent(bucket, key, bytesOf(body)))
  }

  async putLocalFile(localPath: string, path: string): Promise<void> {
    const key = this.#ownKey(path)
    await this.#attempt('write', path, (s3, bucket) => s3.uploadFile(bucket, key, localPath))
    await this.copies.adopt(localPath, this.locate(path))
  }

  async move(from: string, to: string): Promise<void> {
    const [source, target] = [this.#ownKey(from), this.#ownKey(to)]
    await this.#attempt('write', to, async (s3, bucket) => {
      await s3.copyObject(bucket, source, target)
      await s3.deleteObject(bucket, source)
    })
  }

  async copy(from: string, to: string): Promise<void> {
    const [source, target] = [this.#keyOf(from), this.#ownKey(to)]
    await this.#attempt('write', to, (s3, bucket) => s3.copyObject(bucket, source, target))
  }

  async delete(path: string): Promise<void> {
    const key = this.#ownKey(path)
    await this.#attempt('delete', path, (s3, bucket) => s3.deleteObject(bucket, key))
    await this.copies.drop(this.locate(path))
  }

  #list(path: string, known: readonly string[] = []) {
    return this.#attempt('list', path, (s3, bucket) =>
      s3.listObjects(
        bucket,
        this.#directoryKey(path),
        known.map((name) => this.#keyOf(name)),
      ),
    )
  }

  /** The object in one response. The SDK compares it with its checksum. */
  async #openWithChecksum(path: string): Promise<StoredStream | undefined> {
    return this.#explained(
      path,
      await this.#attempt('read', path, (s3, bucket) => s3.openObject(bucket, this.#keyOf(path))),
    )
  }

  /** The stream. Failures while it is read are explained like those of other requests. */
  #explained(path: string, opened: S3Stream | undefined): StoredStream | undefined {
    return opened && { ...opened, path, settled: true, chunks: explainedChunks(this.locate(path), opened.chunks) }
  }

  /** Runs `work` on the open bucket and explains its failure. */
  #attempt<Result>(verb: StorageVerb, path: string, work: Work<Result>): Promise<Result> {
    return attempting(verb, this.locate(path), async () => work(...(await this.#open())))
  }

  /** Opens the bucket on first use, and again after a failure. */
  #open(): Promise<Opened> {
    this.#opened ??= this.#connect().catch((error) => {
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }

  async #connect(): Promise<Opened> {
    const requests = await import('./s3-objects.ts')
    const connection = await (this.#options.connection ?? requests.sharedConnection())
    return [requests, { ...connection, name: this.#bucket }]
  }

  #pathOf(key: string): string {
    return key.slice(this.#prefix.length)
  }

  #keyOf(path: string): string {
    return this.#prefix + innerKey(this.uri, path)
  }

  /** The key of an object that lake writes or deletes: stricter than `#keyOf`. */
  #ownKey(path: string): string {
    return this.#prefix + innerPath(this.uri, path)
  }

  #directoryKey(path: string): string {
    const directory = path.replace(/\/+$/, '')
    return directory === '' ? this.#prefix : `${this.#keyOf(directory)}/`
  }
}

const isTransient = (error: unknown, attempts: number): boolean => canComeIntact(awsCode(error), attempts)

function bytesOf(body: Uint8Array | string): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body
}

async function* explainedChunks(uri: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  for (;;) {
    const next = await attempting('read', uri, () => iterator.next())
    if (next.done) return
    yield next.value
  }
}
