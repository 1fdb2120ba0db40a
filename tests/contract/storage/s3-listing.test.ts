// lake lists a prefix of S3 in parallel, from keys that it already knows. The listing is complete.
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openConnection, type S3Connection } from '../../../framework/storage/s3/s3-client.ts'
import { S3Storage } from '../../../framework/storage/s3/s3-storage.ts'
import type { Storage } from '../../../framework/storage/storage.ts'
import { checkProperty } from '../../support/random/property.ts'
import { type ListingServer, startListingServer } from '../../support/s3/listing-server.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

const server = await sharedS3Server()

const RUNS = 60
const ORDER_RUNS = 200
const NUMBERS = Array.from({ length: 100 }, (_, n) => String(n).padStart(3, '0'))
const OTHERS = NUMBERS.map((one) => `other/${one}`)

interface Entry {
  readonly path: string
  readonly standing: 'known' | 'new' | 'gone'
  /** The position of the path in the order that a server chooses. */
  readonly rank: number
}

/** Names that servers and languages order differently, and names that have to be escaped. */
const name = fc.constantFrom('a', 'a-b', 'a b', 'a+', 'A', '0', '~', 'a.json', '%20', '&<', 'é', '\uff5e', '\u{1f600}')
/** A key with a slash at its end represents a directory. */
const path = fc
  .tuple(fc.array(name, { minLength: 1, maxLength: 5 }), fc.constantFrom('', '', '', '/'))
  .map(([names, end]) => names.join('/') + end)
/** Most known keys exist, and most existing keys are known. */
const standing = fc.constantFrom<Entry['standing']>('known', 'known', 'known', 'new', 'gone')
const entry: fc.Arbitrary<Entry> = fc.record({ path, standing, rank: fc.nat() })
const entries = fc.uniqueArray(entry, { maxLength: 30, selector: pathOf })
const pageSize = fc.integer({ min: 1, max: 5 })

function pathOf({ path }: Pick<Entry, 'path'>): string {
  return path
}

const storedOf = (all: readonly Entry[]) => all.filter((one) => one.standing !== 'gone').map(pathOf)
const knownOf = (all: readonly Entry[]) => all.filter((one) => one.standing !== 'new').map(pathOf).toSorted() // biome-ignore format: one line
const filesOf = (paths: readonly string[]) => paths.filter((one) => !one.endsWith('/')).toSorted()

describe('a listing that starts from the known keys', () => {
  const before = { ...process.env }
  let connection: S3Connection

  const connect = async (env: Readonly<Record<string, string>>) => {
    Object.assign(process.env, env)
    connection = await openConnection()
  }
  const open = (uri: string, size = connection.pageSize): Storage =>
    new S3Storage(uri, { connection: Promise.resolve({ ...connection, pageSize: size }) })
  const restore = () => {
    connection.client.destroy()
    for (const variable of Object.keys(process.env)) if (!(variable in before)) delete process.env[variable]
    Object.assign(process.env, before)
  }

  describe.skipIf(!server)('in the order of a real server', () => {
    let bucket = ''
    beforeAll(async () => {
      await connect(server?.env ?? {})
      bucket = (await server?.bucket()) ?? ''
    })
    afterAll(async () => {
      restore()
      await server?.stop()
    })

    it('has all objects after any additions and removals', async () => {
      const property = fc.asyncProperty(entries, pageSize, async (all, size) => {
        const storage = open(`s3://${bucket}/${randomUUID()}`, size)
        const stored = storedOf(all).filter((one, _, paths) => !paths.some((other) => isWithin(other, one)))
        await Promise.all(stored.map((one) => storage.put(one, one)))
        const found = await storage.list('', knownOf(all))
        expect(found).toEqual(await storage.list(''))
        expect(found.map(pathOf)).toEqual(filesOf(stored))
      })
      await checkProperty('listings of a bucket', property, RUNS)
    })
  })

  describe('in any other order of a server', () => {
    let odd: ListingServer
    beforeAll(async () => {
      odd = await startListingServer()
      const credentials = {
        AWS_ACCESS_KEY_ID: 'a',
        AWS_SECRET_ACCESS_KEY: 'b',
        AWS_REGION: 'us-east-1',
        AWS_S3_DISABLE_EXPRESS_SESSION_AUTH: 'true',
      }
      await connect({ ...credentials, AWS_ENDPOINT_URL_S3: odd.endpoint })
    })
    afterAll(async () => {
      restore()
      await odd.close()
    })

    it('has all objects', async () => {
      const order = fc.constantFrom(byRank, byBytes)
      const property = fc.asyncProperty(entries, pageSize, order, fc.boolean(), async (all, size, by, startsAfter) => {
        odd.list({ order: all.toSorted(by).map(pathOf), stored: new Set(storedOf(all)), startsAfter })
        const found = await open('s3://bucket', size).list('', knownOf(all))
        expect(found.map(pathOf)).toEqual(filesOf(storedOf(all)))
      })
      await checkProperty('listings in any order', property, ORDER_RUNS)
    })

    it.each([
      { what: 'all is as known', stored: NUMBERS, order: NUMBERS, requests: 20 },
      { what: 'the order is another', stored: NUMBERS, order: NUMBERS.toReversed(), requests: 39 },
      { what: 'nothing is as known', stored: OTHERS, order: [...NUMBERS, ...OTHERS], requests: 39 },
    ])('takes $requests requests for 20 pages if $what', async ({ stored, order, requests }) => {
      odd.list({ order, stored: new Set(stored), startsAfter: true })
      const found = await open('s3://bucket', 5).list('', NUMBERS)
      expect(found.map(pathOf)).toEqual(stored)
      expect(odd.requests).toHaveLength(requests)
    })

    it('does not ask a directory bucket to start after a key', async () => {
      const paths = ['a', 'b', 'c', 'd']
      odd.list({ order: paths, stored: new Set(paths), startsAfter: true })
      const found = await open('s3://bucket--use1-az4--x-s3', 2).list('', paths)
      expect(found.map(pathOf)).toEqual(paths)
      expect(odd.requests.filter((query) => query.has('start-after'))).toEqual([])
    })
  })
})

/**
 * Whether the path is in the directory of the object. If a page ends with an object, and other
 * paths have the object as their directory, this server treats the page as the last.
 */
function isWithin(path: string, object: string): boolean {
  return path !== object && path.startsWith(object.endsWith('/') ? object : `${object}/`)
}

function byRank(left: Entry, right: Entry): number {
  return left.rank - right.rank
}

/** The order in which AWS lists keys. */
function byBytes(left: Entry, right: Entry): number {
  return Buffer.compare(Buffer.from(left.path), Buffer.from(right.path))
}
