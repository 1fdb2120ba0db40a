/**
 * A real HTTP server of a shop. It pages, throttles, and breaks connections in the middle of an
 * answer.
 */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Order {
  readonly id: number
  readonly customer: string
  readonly amount: string
  readonly updated: string
}

export type ShopChange = { readonly order: Order } | { readonly deleted: number }

/** What the server does with the next request for a page instead of answering. */
export type ShopFault = 'throttle' | 'cut' | 'hang'

export interface Shop {
  readonly url: string
  /** The changes, in order. A page has ten changes. */
  readonly changes: ShopChange[]
  /** The `since` of each page that the server has sent completely. */
  readonly answered: readonly string[]
  readonly token: string
  /**
   * Plans faults for the page that begins at `since`. The first request meets the first fault, the
   * next request meets the next fault. The request after the last fault is answered.
   */
  fault(since: number, ...faults: readonly ShopFault[]): void
  /** Resolves when the server lets a request hang. */
  hung(): Promise<void>
  close(): Promise<void>
}

const PAGE = 10

export async function startShop(): Promise<Shop> {
  const changes: ShopChange[] = []
  const answered: string[] = []
  const faults = new Map<number, ShopFault[]>()
  const hanging: ServerResponse[] = []
  const token = 'shop-token-0123456789'
  let isHung: () => void = () => undefined
  const server = createServer((request, response) => {
    const since = new URL(request.url ?? '', 'http://shop').searchParams.get('since') ?? ''
    if (request.headers.authorization !== `Bearer ${token}`) return response.writeHead(401).end()
    const body = JSON.stringify(pageAt(changes, Number(since)))
    switch (faults.get(Number(since))?.shift()) {
      case 'throttle':
        return response.writeHead(429, { 'retry-after': '0' }).end()
      case 'cut':
        response.writeHead(200, { 'content-length': body.length }).write(body.slice(0, body.length / 2))
        return setImmediate(() => response.destroy())
      case 'hang':
        hanging.push(response)
        return isHung()
      case undefined:
        answered.push(since)
        return response.writeHead(200, { 'content-type': 'application/json' }).end(body)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ changes, answered, token },
    fault: (since, ...some) => void faults.set(since, [...some]),
    hung: () =>
      new Promise((resolve) => {
        isHung = resolve
        if (hanging.length > 0) resolve()
      }),
    close: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function pageAt(changes: readonly ShopChange[], since: number) {
  const some = changes.slice(since, since + PAGE)
  return {
    orders: some.flatMap((change) => ('order' in change ? [change.order] : [])),
    deleted: some.flatMap((change) => ('deleted' in change ? [{ id: change.deleted }] : [])),
    next: String(since + some.length),
  }
}
