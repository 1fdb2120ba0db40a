/** Lists objects in parallel segments that begin at known keys. */
import type { S3Bucket } from './s3-client.ts'
import { listPage, type S3Object, type S3Page } from './s3-pages.ts'

/**
 * All objects whose keys begin with `prefix`, some of them twice. Cuts the listing into segments:
 * each starts after a known key, one page after the previous segment. If most known keys exist and
 * there is little else, each segment is one page, and all of them are requested at the same time.
 * Otherwise the listing needs more pages, but it is still complete.
 */
export async function listSegments(
  bucket: S3Bucket,
  prefix: string,
  known: readonly string[],
): Promise<readonly S3Object[]> {
  const starts = known.filter((_, index) => (index + 1) % bucket.pageSize === 0 && index + 1 < known.length)
  const requests = [undefined, ...starts].map((start) => listPage(bucket, { Prefix: prefix, StartAfter: start }))
  const firsts = await Promise.all(requests)
  const reachesNext = nextSegmentTest(starts, firsts)
  const segments = firsts.map(async (first, segment) => {
    const objects = [...first.objects]
    for (let page = first; page.next !== undefined && !reachesNext(page, segment); ) {
      page = await listPage(bucket, { Prefix: prefix, ContinuationToken: page.next })
      objects.push(...page.objects)
    }
    return objects
  })
  return (await Promise.all(segments)).flat()
}

/**
 * Tests whether a page of a segment reaches the beginning of another segment: the page ends with
 * the key that the other starts after, or contains the other's first object. If several segments
 * have the same first object, the last of them counts. So each segment leads to a later one, and
 * finally to one that ends with the listing. This holds for any order of the listing that
 * StartAfter follows. The last segment always runs to the end of the listing, and contains
 * everything if a server ignores StartAfter.
 */
function nextSegmentTest(
  starts: readonly string[],
  firsts: readonly S3Page[],
): (page: S3Page, segment: number) => boolean {
  const started = new Set(starts)
  const found = new Map(firsts.map(({ objects }, segment) => [objects[0]?.key, segment]))
  const isOther = (key: string, segment: number) => (found.get(key) ?? segment) !== segment
  return ({ objects }, segment) =>
    segment < firsts.length - 1 &&
    (started.has(objects.at(-1)?.key ?? '') || objects.some(({ key }) => isOther(key, segment)))
}
