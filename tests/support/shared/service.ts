/** Asks the process that runs vitest for a service that all test files share. */
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { inject } from 'vitest'
import type { SparkEnvironment } from '../spark/spark.ts'

/** A running server, and what its users have to know of it. */
export interface Service<Answer> {
  readonly answer: Answer
  stop(): Promise<void>
}

/** For each service, what it is started with, and what its users have to know of it. */
export interface Services {
  /** Undefined if Python, which installs the server, is missing. */
  readonly s3: { readonly given: null; readonly answer: { readonly port: number } | undefined }
  /** One Spark of each version. The answer is the path of its socket. */
  readonly spark: { readonly given: SparkEnvironment; readonly answer: string }
}

export type ServiceName = keyof Services

declare module 'vitest' {
  export interface ProvidedContext {
    /** The path of the socket that answers requests for services. */
    services: string
    /** NODE_EXTRA_CA_CERTS of the process that started vitest. Empty if it has none. */
    certificates: string
  }
}

/** The service. It starts if no test file of this run has asked for it yet. */
export async function service<Name extends ServiceName>(
  name: Name,
  given: Services[Name]['given'],
): Promise<Services[Name]['answer']> {
  const asked = request({ socketPath: inject('services'), path: `/${name}`, method: 'POST' })
  const answered = new Promise<{ readonly status: number | undefined; readonly body: string }>((resolve, reject) => {
    asked.on('error', reject)
    asked.on('response', (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject)
    })
  })
  asked.end(JSON.stringify(given))
  const { status, body } = await answered
  if (status !== 200) throw new Error(`${name} did not start: ${body}`)
  return JSON.parse(body) ?? undefined
}
