/** A proxy in front of a real S3 server. It refuses, delays, cuts or loses requests. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { crc32 } from 'node:zlib'

/** A fault of one request. */
export type S3Fault =
  /** The proxy answers with an error of S3. The server never receives the request. */
  | { readonly kind: 'error'; readonly status: number; readonly code: string }
  /** The server receives the request only after this time. */
  | { readonly kind: 'slow'; readonly milliseconds: number }
  /** The connection breaks after half of the body of the request. */
  | { readonly kind: 'broken-request' }
  /** The server does what the client asks, and the connection breaks before the answer. */
  | { readonly kind: 'lost-answer' }
  /**
   * In the middle of the body of the answer, the connection breaks, or it ends as if the body were
   * complete.
   */
  | { readonly kind: 'broken-answer' | 'short-answer' }
  /**
   * The answer has the checksum of the object if the client asks for it, as on S3. In a
   * `damaged-answer`, one byte of the body differs from the object.
   */
  | { readonly kind: 'checksum' | 'damaged-answer' }

export interface FaultProxy {
  readonly endpoint: string
  /** Methods and paths of all requests so far. */
  readonly requests: readonly string[]
  /** Gives the next requests with this method these faults, one fault to each request. */
  next(method: string, ...faults: readonly S3Fault[]): void
  /** Gives all later requests with this method this fault. */
  always(method: string, fault: S3Fault): void
  /** Ends all faults. */
  calm(): void
  close(): Promise<void>
}

/** Passes all requests on to the server at `target`, except those that get a fault. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const requests: string[] = []
  const pending = new Map<string, S3Fault[]>()
  const lasting = new Map<string, S3Fault>()
  const server = createServer((request, response) => {
    const method = request.method ?? ''
    requests.push(`${method} ${request.url}`)
    serve({ target, request, response }, pending.get(method)?.shift() ?? lasting.get(method))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    next: (method, ...faults) => pending.set(method, [...(pending.get(method) ?? []), ...faults]),
    always: (method, fault) => lasting.set(method, fault),
    calm: () => {
      pending.clear()
      lasting.clear()
    },
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

interface Exchange {
  readonly target: string
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

function serve(exchange: Exchange, fault: S3Fault | undefined): void {
  const { request, response } = exchange
  switch (fault?.kind) {
    case undefined:
    case 'lost-answer':
    case 'broken-answer':
    case 'short-answer':
    case 'checksum':
    case 'damaged-answer':
      passOn(exchange, fault)
      return
    case 'slow':
      setTimeout(() => passOn(exchange, undefined), fault.milliseconds)
      return
    case 'broken-request':
      breakHalfway(request)
      return
    case 'error':
      request.resume().once('end', () => {
        response.writeHead(fault.status, { 'content-type': 'application/xml' })
        response.end(`<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>A planned fault</Message></Error>`)
      })
      return
  }
}

function breakHalfway(request: IncomingMessage): void {
  const half = Number(request.headers['content-length'] ?? 0) / 2
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes >= half) request.socket.resetAndDestroy()
  })
}

function crc32Of(body: Uint8Array): string {
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  return sum.toString('base64')
}

/** The body, with one byte in the middle changed. */
function damaged(body: Buffer): Buffer {
  const other = Buffer.from(body)
  const middle = Math.floor(other.length / 2)
  other[middle] = (other[middle] ?? 0) ^ 1
  return other
}

function passOn({ target, request, response }: Exchange, fault: S3Fault | undefined): void {
  const { hostname, port } = new URL(target)
  const { method, url, headers } = request
  const forwarded = send({ hostname, port, method, path: url, headers }, async (answer) => {
    const body = Buffer.concat(await answer.toArray())
    if (fault?.kind === 'lost-answer') return request.socket.resetAndDestroy()
    const isSummed = Object.keys(answer.headers).some((name) => name.startsWith('x-amz-checksum-'))
    const isAsked = 'x-amz-checksum-mode' in headers && answer.statusCode === 200
    const checksum = fault && isAsked && !isSummed ? ['x-amz-checksum-crc32', crc32Of(body)] : []
    response.writeHead(answer.statusCode ?? 500, [...answer.rawHeaders, ...checksum])
    if (fault === undefined || fault.kind === 'checksum') return response.end(body)
    if (fault.kind === 'damaged-answer') return response.end(isAsked ? damaged(body) : body)
    // This half is written before the connection breaks, so that the client has read it.
    response.write(body.subarray(0, body.length / 2), () => {
      if (fault.kind === 'short-answer') request.socket.end()
      else request.socket.resetAndDestroy()
    })
  })
  forwarded.once('error', () => request.socket.resetAndDestroy())
  request.pipe(forwarded)
}
