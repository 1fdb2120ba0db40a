/** A server that answers listings of S3 in every way that S3 allows. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a bucket lists. */
export interface ServedListing {
  /** All keys that exist or for which a request can ask, in the order of this server. */
  readonly order: readonly string[]
  readonly stored: ReadonlySet<string>
  /** Whether the server knows StartAfter. If not, each listing starts with the first key. */
  readonly startsAfter: boolean
}

export interface ListingServer {
  readonly endpoint: string
  /** Sets what the server lists from now on, and clears `requests`. */
  list(listing: ServedListing): void
  /** The queries of the requests so far. */
  readonly requests: readonly URLSearchParams[]
  close(): Promise<void>
}

/** Stands in for servers that list in an order of their own. It answers only ListObjectsV2. */
export async function startListingServer(): Promise<ListingServer> {
  let listing: ServedListing = { order: [], stored: new Set(), startsAfter: true }
  let requests: URLSearchParams[] = []
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://server').searchParams
    requests.push(query)
    response.writeHead(200, { 'content-type': 'application/xml' }).end(answer(listing, query))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    list: (next) => {
      listing = next
      requests = []
    },
    get requests() {
      return requests
    },
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function answer({ order, stored, startsAfter }: ServedListing, query: URLSearchParams): string {
  const after = query.get('continuation-token') ?? (startsAfter ? query.get('start-after') : null)
  const rest = order.slice(after === null ? 0 : order.indexOf(after) + 1).filter((key) => stored.has(key))
  const page = rest.slice(0, Number(query.get('max-keys')))
  const contents = page.map((key) => `<Contents><Key>${escaped(key)}</Key><Size>${key.length}</Size></Contents>`)
  const next = page.length < rest.length ? `<NextContinuationToken>${escaped(page.at(-1))}</NextContinuationToken>` : ''
  return `<ListBucketResult>${contents.join('')}<IsTruncated>${next !== ''}</IsTruncated>${next}</ListBucketResult>`
}

function escaped(text = ''): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
