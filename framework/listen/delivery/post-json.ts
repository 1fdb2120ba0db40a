/** Sends JSON over HTTP. */
import { Agent, request as httpRequest } from 'node:http'
import { request as httpsRequest, Agent as SecureAgent } from 'node:https'
import { LakeError } from '../../errors.ts'

interface Post {
  readonly url: URL
  /** JSON. */
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Keeps one connection to a receiver open between requests. */
export class Sender {
  readonly #agent: Agent

  constructor(url: URL) {
    const options = { keepAlive: true, maxSockets: 1 }
    this.#agent = url.protocol === 'https:' ? new SecureAgent(options) : new Agent(options)
  }

  /** Resolves when the receiver has accepted the body. Follows no redirects. */
  async post({ url, body, headers, signal }: Post): Promise<void> {
    const status = await new Promise<number>((resolve, reject) => {
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest
      const sent = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers }
      const request = send(url, { method: 'POST', agent: this.#agent, headers: sent, signal }, (response) => {
        response.resume()
        response.once('end', () => resolve(response.statusCode ?? 0))
        response.once('error', reject)
      })
      request.once('error', reject)
      request.end(body)
    })
    if (status >= 200 && status < 300) return
    throw new LakeError('config', {
      problem: `${url.host} answered with the status ${status}`,
      remedy: 'Check the URL and its credentials, or ask the owner of that server.',
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}
