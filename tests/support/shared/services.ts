/** Starts, in the process that runs vitest, the services that many test files share. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TestProject } from 'vitest/node'
import { startS3Server } from '../s3/s3-server.ts'
import type { Service, ServiceName, Services } from './service.ts'
import { startSharedSpark } from './shared-spark.ts'

type Starts = { readonly [Name in ServiceName]: Start<Name> }
type Start<Name extends ServiceName> = (
  given: Services[Name]['given'],
  directory: string,
) => Promise<Service<Services[Name]['answer']>>

const STARTS: Starts = {
  s3: async () => {
    const server = await startS3Server()
    return { answer: server && { port: server.port }, stop: async () => server?.stop() }
  },
  spark: (environment, directory) =>
    startSharedSpark(environment, join(directory, `spark-${environment.version}.sock`)),
}

/** A service starts with the first request for it, and ends with the last test of the run. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), 'lake-services-'))
  const socket = join(directory, 'services.sock')
  const started = new Map<string, Promise<Service<unknown>>>()
  const server = answering((name, given) => {
    const key = JSON.stringify([name, given])
    const service = started.get(key) ?? (STARTS[name] as Start<ServiceName>)(given as never, directory)
    started.set(key, service)
    return service
  })
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  project.provide('services', socket)
  return async () => {
    server.close()
    server.closeAllConnections()
    const services = await Promise.allSettled(started.values())
    await Promise.all(services.map((service) => service.status === 'fulfilled' && service.value.stop()))
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Answers 500, with the message of the service, if the service does not start. */
function answering(start: (name: ServiceName, given: unknown) => Promise<Service<unknown>>): Server {
  return createServer(async (request, response) => {
    try {
      const given: unknown = JSON.parse(await text(request))
      const { answer } = await start(request.url?.slice(1) as ServiceName, given)
      response.end(JSON.stringify(answer ?? null))
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  })
}
