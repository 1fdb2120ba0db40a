// A lake on S3 survives refused, slow and lost requests.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openConnection, type S3Connection } from '../../../framework/storage/s3/s3-client.ts'
import { S3Storage } from '../../../framework/storage/s3/s3-storage.ts'
import type { Storage } from '../../../framework/storage/storage.ts'
import { type FaultProxy, type S3Fault, startFaultProxy } from '../../support/s3/fault-proxy.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'
import { beginnings, simulateScheduler } from '../../unit/schedule/hand-clock.ts'

const server = await sharedS3Server()

const CONFLICT: S3Fault = { kind: 'error', status: 409, code: 'ConditionalRequestConflict' }
const SLOW_DOWN: S3Fault = { kind: 'error', status: 503, code: 'SlowDown' }
const INTERNAL: S3Fault = { kind: 'error', status: 500, code: 'InternalError' }
const LARGE = Buffer.alloc(3_000_000, 'many bytes\n')

const text = (body: Uint8Array | undefined): string => Buffer.from(body ?? []).toString()

describe.skipIf(!server)('a lake on S3 with faults', () => {
  const before = { ...process.env }
  let bucket = ''
  let directory = ''
  let proxy: FaultProxy
  let connection: S3Connection
  let storage: Storage

  const connect = (env: Readonly<Record<string, string>>): Promise<S3Connection> => {
    Object.assign(process.env, server?.env, env)
    return openConnection()
  }
  const puts = () => proxy.requests.filter((request) => request.startsWith('PUT'))
  const gets = () => proxy.requests.filter((request) => request.startsWith('GET'))

  beforeAll(async () => {
    bucket = (await server?.bucket()) ?? ''
    directory = mkdtempSync(join(tmpdir(), 'lake-faults-'))
  })
  beforeEach(async () => {
    proxy = await startFaultProxy(server?.endpoint ?? '')
    connection = await connect({ AWS_ENDPOINT_URL_S3: proxy.endpoint })
    storage = new S3Storage(`s3://${bucket}/${crypto.randomUUID()}`, { connection: Promise.resolve(connection), cache: directory }) // biome-ignore format: one line
  })
  afterEach(async () => {
    connection.client.destroy()
    await proxy.close()
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
    Object.assign(process.env, before)
  })
  afterAll(async () => {
    rmSync(directory, { recursive: true })
    await server?.stop()
  })

  it('retries a conditional write after a conflict with another writer', async () => {
    proxy.next('PUT', CONFLICT, CONFLICT)
    expect(await storage.putIfAbsent('log/0.json', 'ours')).toBe('created')
    expect(text((await storage.read('log/0.json'))?.body)).toBe('ours')
    expect(puts()).toHaveLength(3)
  })

  it('lets a scheduler run a tick once the lake answers again, and only once if answers are lost', async () => {
    const schedules = [{ name: 'hourly', cron: '0 * * * *' }]
    const during = { lake: storage, schedules, from: '2026-05-04T09:50:00Z', to: '2026-05-04T11:10:00Z' }
    const denied: S3Fault = { kind: 'error', status: 403, code: 'AccessDenied' }
    proxy.next('PUT', denied)
    let faults = 0
    const events = await simulateScheduler({
      ...during,
      refresh: async () => {
        // First the end of this tick is lost, then the lease, the claim and the document of the
        // next tick.
        if (faults++ === 0) proxy.next('PUT', ...Array.from({ length: 5 }, (): S3Fault => ({ kind: 'lost-answer' })))
        return 'succeeded'
      },
    })
    expect(events.flatMap(({ type }) => (type === 'schedule-waiting' ? [] : [type]))).toEqual([
      ...['lake-unreachable', 'refresh-started', 'refresh-ended', 'lake-reached'],
      ...['refresh-started', 'refresh-ended', 'schedule-stopped'],
    ])
    expect(beginnings(events)).toEqual(['10:00 hourly', '11:00 hourly'])
  })

  it('does not create an object if the other writer in a conflict was first', async () => {
    await storage.putIfAbsent('log/0.json', 'theirs')
    proxy.next('PUT', CONFLICT)
    expect(await storage.putIfAbsent('log/0.json', 'ours')).toBe('exists')
    expect(text((await storage.read('log/0.json'))?.body)).toBe('theirs')
  })

  it('reports a conflict that does not end, and writes nothing', async () => {
    proxy.always('PUT', CONFLICT)
    await expect(storage.putIfAbsent('log/0.json', 'ours')).rejects.toThrow(`${storage.uri}/log/0.json: other writers`)
    expect(await storage.read('log/0.json')).toBeUndefined()
  })

  it('waits and retries if S3 is too busy', async () => {
    proxy.next('PUT', SLOW_DOWN, INTERNAL)
    proxy.next('GET', SLOW_DOWN, INTERNAL)
    await storage.put('a', 'x')
    expect(text((await storage.read('a'))?.body)).toBe('x')
    proxy.next('GET', SLOW_DOWN)
    expect(await storage.list('')).toHaveLength(1)
    proxy.next('DELETE', SLOW_DOWN)
    await storage.delete('a')
    expect(await storage.list('')).toEqual([])
  })

  it('recognizes its own write after the answer was lost', async () => {
    proxy.next('PUT', { kind: 'lost-answer' })
    expect(await storage.putIfAbsent('log/0.json', 'ours')).toBe('created')
    expect(puts()).toHaveLength(2)
    proxy.next('PUT', { kind: 'lost-answer' }, CONFLICT, { kind: 'lost-answer' }, SLOW_DOWN)
    expect(await storage.putIfAbsent('log/1.json', 'ours')).toBe('created')
  })

  it('does not take another writer’s object for its own after the answer was lost', async () => {
    await storage.putIfAbsent('log/0.json', 'theirs')
    proxy.next('PUT', { kind: 'lost-answer' })
    expect(await storage.putIfAbsent('log/0.json', 'ours')).toBe('exists')
  })

  it('does not take an object with the same content for its own if no answer was lost', async () => {
    await storage.putIfAbsent('log/0.json', '')
    expect(await storage.putIfAbsent('log/0.json', '')).toBe('exists')
    expect(gets()).toEqual([])
  })

  it('writes the whole object even if the connection breaks during the write', async () => {
    proxy.next('PUT', { kind: 'broken-request' }, { kind: 'broken-request' })
    await storage.put('large', LARGE)
    expect(Buffer.from((await storage.read('large'))?.body ?? []).equals(LARGE)).toBe(true)
    proxy.next('PUT', { kind: 'broken-request' })
    expect(await storage.putIfAbsent('once', LARGE)).toBe('created')
  })

  it.each(['broken-answer', 'short-answer'] as const)('reads the whole object after a %s', async (kind) => {
    await storage.put('large', LARGE)
    proxy.next('GET', { kind }, { kind })
    expect(Buffer.from((await storage.read('large'))?.body ?? []).equals(LARGE)).toBe(true)
    expect(gets()).toHaveLength(3)
  })

  it.each(['broken-answer', 'short-answer'] as const)('never returns half of an object: %s', async (kind) => {
    await storage.put('large', LARGE)
    proxy.always('GET', { kind })
    const failure = { code: 'storage', message: expect.stringContaining(`${storage.uri}/large: the connection to S3 broke`) } // biome-ignore format: one line
    await Promise.all([
      expect(storage.read('large')).rejects.toMatchObject(failure),
      expect(storage.stream('large')).rejects.toMatchObject(failure),
      expect(storage.copies.fetch([storage.locate('large')])).rejects.toMatchObject(failure),
    ])
    expect(existsSync(storage.copies.pathOf(storage.locate('large')))).toBe(false)
  })

  it('streams and fetches whole objects even if every other answer breaks', async () => {
    const body = Buffer.alloc(40_000_000, 'more bytes\n')
    writeFileSync(join(directory, 'body'), body)
    await storage.putLocalFile(join(directory, 'body'), 'large')
    proxy.next('GET', ...Array.from({ length: 4 }, () => ({ kind: 'broken-answer' }) as const))
    const chunks: Uint8Array[] = []
    for await (const chunk of (await storage.stream('large'))?.chunks ?? []) chunks.push(chunk)
    expect(Buffer.concat(chunks).equals(body)).toBe(true)
    expect(gets().length).toBeGreaterThanOrEqual(9)
  })

  it('uploads a large file in parts, and retries each part alone', async () => {
    const body = Buffer.alloc(40_000_000, 'part by part\n')
    writeFileSync(join(directory, 'body'), body)
    proxy.next('POST', SLOW_DOWN)
    proxy.next('PUT', { kind: 'broken-request' }, SLOW_DOWN, { kind: 'lost-answer' })
    await storage.putLocalFile(join(directory, 'body'), 'large')
    expect(puts().filter((request) => request.includes('partNumber'))).toHaveLength(5 + 3)
    expect(Buffer.from((await storage.read('large'))?.body ?? []).equals(body)).toBe(true)
  })

  describe('a local copy', () => {
    const BODY = 'the rows of a data file'
    const copied = async (path: string) => {
      await storage.copies.fetch([storage.locate(path)])
      return readFileSync(storage.copies.pathOf(storage.locate(path)), 'utf8')
    }

    it('is compared with the server’s checksum, and fetched once more if they differ', async () => {
      await storage.put('a', BODY)
      proxy.next('GET', { kind: 'damaged-answer' })
      expect(await copied('a')).toBe(BODY)
      expect(gets()).toHaveLength(2)
      proxy.next('GET', { kind: 'checksum' })
      await storage.put('b', BODY)
      expect(await copied('b')).toBe(BODY)
      expect(gets()).toHaveLength(3)
    })

    it.each(['CRC32', 'SHA256', 'CRC64NVME'] as const)(
      'is compared with a %s that was stored with the object',
      async (ChecksumAlgorithm) => {
        const Key = `${storage.uri.split('/').slice(3).join('/')}/a`
        await connection.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: BODY, ChecksumAlgorithm }))
        proxy.next('GET', { kind: 'damaged-answer' }, { kind: 'damaged-answer' })
        await expect(copied('a')).rejects.toThrow('its content does not match its checksum in S3')
        expect(await copied('a')).toBe(BODY)
      },
    )

    it('is refused with the name of the object if the checksums differ a second time', async () => {
      await storage.put('a', BODY)
      proxy.always('GET', { kind: 'damaged-answer' })
      const error = await copied('a').catch((caught) => caught)
      expect(error).toMatchObject({
        code: 'storage',
        location: storage.locate('a'),
        remedy: expect.stringContaining('restore it'),
      })
      expect(error.message).toContain(
        `Cannot read ${storage.locate('a')}: its content does not match its checksum in S3.`,
      )
      expect(gets()).toHaveLength(2)
      expect(existsSync(storage.copies.pathOf(storage.locate('a')))).toBe(false)
    })

    it('is complete even if its connection broke several times', async () => {
      await storage.put('a', BODY.repeat(10_000))
      proxy.next('GET', { kind: 'broken-answer' }, { kind: 'short-answer' }, { kind: 'broken-answer' })
      expect(await copied('a')).toBe(BODY.repeat(10_000))
    })
  })

  it('survives if all connections break at once', async () => {
    const paths = Array.from({ length: 64 }, (_, file) => `${file}.json`)
    await Promise.all(paths.map((path) => storage.put(path, path)))
    proxy.next('GET', ...paths.map(() => ({ kind: 'lost-answer' }) as const))
    const read = await Promise.all(paths.map((path) => storage.read(path)))
    expect(read.map((content) => text(content?.body))).toEqual(paths)
  })

  it('says what to do about wrong credentials, and does not print them', async () => {
    const wrong = await connect({ AWS_ACCESS_KEY_ID: 'wrongkey', AWS_SECRET_ACCESS_KEY: 'wrongsecret' })
    const refused = new S3Storage(`s3://${bucket}/lake`, { connection: Promise.resolve(wrong) })
    for (const work of [
      () => refused.read('a'),
      () => refused.list(''),
      () => refused.put('a', ''),
      () => refused.names('log'),
    ]) {
      const error = await work().catch((caught) => caught)
      expect(error).toMatchObject({ code: 'storage' })
      expect(error.message).toMatch(
        /^Cannot (read|list|write) s3:\/\/.*does not accept the AWS credentials.*AWS_PROFILE/,
      )
      expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/wrongsecret|Signature=/)
    }
  })

  it('reports missing credentials', async () => {
    for (const name of Object.keys(server?.env ?? {})) delete process.env[name]
    process.env.AWS_EC2_METADATA_DISABLED = 'true'
    process.env.AWS_SHARED_CREDENTIALS_FILE = process.env.AWS_CONFIG_FILE = join(directory, 'none')
    process.env.AWS_REGION = 'us-east-1'
    const withoutCredentials = new S3Storage(`s3://${bucket}/lake`, { connection: openConnection() })
    await expect(withoutCredentials.list('')).rejects.toThrow(
      /^Cannot list s3:\/\/.*: no AWS credentials were found .*AWS_PROFILE/,
    )
    delete process.env.AWS_REGION
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' })
    const homeless = new S3Storage(`s3://${bucket}/lake`, { connection: openConnection() })
    await expect(homeless.list('')).rejects.toThrow(/no AWS region is set\. Set AWS_REGION/)
  })

  it('reports a bucket that does not exist', async () => {
    const none = new S3Storage('s3://no-such-bucket/lake', { connection: Promise.resolve(connection) })
    for (const work of [() => none.read('a'), () => none.list(''), () => none.names('log'), () => none.stream('a')])
      await expect(work()).rejects.toThrow(/s3:\/\/no-such-bucket\/lake.*: the bucket no-such-bucket does not exist/)
  })

  it('says that S3 cannot be reached', async () => {
    const nowhere = await connect({ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' })
    const lost = new S3Storage(`s3://${bucket}/lake`, { connection: Promise.resolve(nowhere) })
    await expect(lost.read('a')).rejects.toThrow(/S3 cannot be reached .*AWS_ENDPOINT_URL_S3/)
  })
})
