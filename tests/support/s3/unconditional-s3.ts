/** An S3 server that ignores the conditions of writes, as some servers do. The last writer wins. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** Starts a server until the test ends, and returns its URL. */
export async function unconditionalS3(): Promise<string> {
  const objects = new Map<string, Buffer>()
  const answering = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://s3')
    const stored = objects.get(pathname)
    if (request.method === 'PUT') objects.set(pathname, Buffer.concat(chunks))
    if (request.method === 'DELETE') objects.delete(pathname)
    if (searchParams.has('list-type')) response.end('<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>')
    else if (request.method !== 'GET') response.setHeader('etag', '"1"').end()
    else if (stored) response.setHeader('etag', '"1"').end(stored)
    else response.writeHead(404).end('<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>')
  })
  answering.listen(0, '127.0.0.1')
  await once(answering, 'listening')
  onTestFinished(() => void answering.close())
  return `http://127.0.0.1:${(answering.address() as AddressInfo).port}`
}
