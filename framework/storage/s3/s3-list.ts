/** Lists objects of a bucket in as few sequential requests as possible. */
import type { S3Bucket } from './s3-client.ts'
import { listPage, pages, type S3Object } from './s3-pages.ts'
import { listSegments } from './s3-segments.ts'

/**
 * Maximum number of directories on a page that are listed one by one. With more, each has too few
 * objects to be worth a request.
 */
const MAX_DIRECTORIES = 20

/**
 * All objects whose keys begin with `prefix` ('' or with a slash at its end), ordered by key.
 * Leaves out objects that represent a directory. `known` are keys that the caller expects to exist,
 * in order. It can be empty.
 */
export async function listObjects(
  bucket: S3Bucket,
  prefix: string,
  known: readonly string[],
): Promise<readonly S3Object[]> {
  const found = new Map<string, S3Object>()
  if (known.length === 0 || isDirectoryBucket(bucket)) await collect(bucket, prefix, found)
  else add(found, await listSegments(bucket, prefix, known))
  return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
}

/**
 * Whether the bucket is a directory bucket (S3 Express), or an access point of such a bucket. Such
 * a bucket lists in no order and ignores StartAfter.
 */
function isDirectoryBucket({ name }: S3Bucket): boolean {
  return /--xa?-s3$/.test(name)
}

/**
 * Pages come only one after the other. So if the objects do not fit on one page, their directories
 * are listed at the same time. This relies on the objects of a directory being together in the
 * listing, which holds for servers other than AWS too, and on no other order.
 */
async function collect(bucket: S3Bucket, prefix: string, found: Map<string, S3Object>): Promise<void> {
  const first = await listPage(bucket, { Prefix: prefix })
  add(found, first.objects)
  if (first.next === undefined) return
  const begun = directoriesOf(first.objects, prefix)
  if (begun.length === 0 || begun.length > MAX_DIRECTORIES) {
    for await (const page of pages(bucket, { Prefix: prefix, ContinuationToken: first.next })) add(found, page.objects)
    return
  }
  const complete = new Set(begun.slice(0, -1))
  const directories: string[] = []
  for await (const page of pages(bucket, { Prefix: prefix, Delimiter: '/' })) {
    add(found, page.objects)
    directories.push(...page.directories.filter((directory) => !complete.has(directory)))
  }
  await Promise.all(directories.map((directory) => collect(bucket, directory, found)))
}

function add(found: Map<string, S3Object>, objects: readonly S3Object[]): void {
  for (const object of objects) found.set(object.key, object)
}

/** The directories directly below `prefix` that contain these objects, in their order. */
function directoriesOf(objects: readonly S3Object[], prefix: string): readonly string[] {
  const ends = objects.map(({ key }) => [key, key.indexOf('/', prefix.length)] as const)
  return [...new Set(ends.filter(([, end]) => end >= 0).map(([key, end]) => key.slice(0, end + 1)))]
}

/** The names of the directories directly below `prefix`, in order. */
export async function listDirectories(bucket: S3Bucket, prefix: string): Promise<readonly string[]> {
  const names: string[] = []
  for await (const { directories } of pages(bucket, { Prefix: prefix, Delimiter: '/' })) {
    names.push(...directories.map((directory) => directory.slice(prefix.length, -1)))
  }
  return names.sort()
}

/** The names of objects to list: '' means all. */
interface NamesWanted {
  /** '' or with a slash at its end. */
  readonly prefix: string
  /** The names are greater than this one. */
  readonly after: string
  readonly beginning: string
}

/** The names of the objects directly below `prefix`, in order. */
export async function listNames(
  bucket: S3Bucket,
  { prefix, after, beginning }: NamesWanted,
): Promise<readonly string[]> {
  const names: string[] = []
  // S3 orders keys by their UTF-8 bytes. For ASCII, that is also the order of JavaScript strings.
  const startAfter = after !== '' && /^[ -~]*$/.test(after) ? { StartAfter: prefix + after } : {}
  for await (const { objects } of pages(bucket, { Prefix: prefix + beginning, Delimiter: '/', ...startAfter })) {
    names.push(...objects.map(({ key }) => key.slice(prefix.length)))
  }
  return names.filter((name) => name > after).sort()
}
