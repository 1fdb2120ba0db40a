import type { S3Bucket } from './s3-client.ts'
import { listPage, type S3Object, type S3Page } from './s3-pages.ts'

/**
 * All objects whose keys begin with `prefix`, some of them twice. The listing is cut into segments, each of which starts after a known key,
 * a page's length after the segment before. Where most of the known keys are there, and little else, each segment is one page, and all of
 * them are asked for at the same time; where not, it takes more pages and nothing is missing.
 */
export async function listSegments(
  bucket: S3Bucket,
  prefix: string,
  known: readonly string[],
): Promise<readonly S3Object[]> {
  const starts = known.filter((_, place) => (place + 1) % bucket.pageSize === 0 && place + 1 < known.length)
  const asked = [undefined, ...starts].map((start) => listPage(bucket, { Prefix: prefix, StartAfter: start }))
  const firsts = await Promise.all(asked)
  const isMet = meeting(starts, firsts)
  const segments = firsts.map(async (first, segment) => {
    const objects = [...first.objects]
    for (let page = first; page.next !== undefined && !isMet(page, segment); ) {
      page = await listPage(bucket, { Prefix: prefix, ContinuationToken: page.next })
      objects.push(...page.objects)
    }
    return objects
  })
  return (await Promise.all(segments)).flat()
}

/**
 * Whether a segment has come, with this page of it, to where another one begins: the page ends with the key that the other starts after, or
 * holds the first that the other found. Of segments that found the same first, the last counts. So each segment leads to one that begins
 * further on, and at last to one that ends with the listing, whatever the order of that is: only StartAfter has to follow it. The last segment
 * ends with the listing in any case, and has everything where a server does not know StartAfter.
 */
function meeting(starts: readonly string[], firsts: readonly S3Page[]): (page: S3Page, segment: number) => boolean {
  const started = new Set(starts)
  const found = new Map(firsts.map(({ objects }, segment) => [objects[0]?.key, segment]))
  const isOther = (key: string, segment: number) => (found.get(key) ?? segment) !== segment
  return ({ objects }, segment) =>
    segment < firsts.length - 1 &&
    (started.has(objects.at(-1)?.key ?? '') || objects.some(({ key }) => isOther(key, segment)))
}
