/** Sends the OpenLineage events of a run over HTTP, or writes them to a file. */
import { appendFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { durationMs } from '../../declare/runs/duration.ts'
import type { Lineage } from '../../declare/runs/lineage.ts'
import type { RunListener } from '../../run/listener.ts'
import type { Timing } from '../../run/timing.ts'
import { makeDirectory } from '../../storage/local/make-directory.ts'
import { withoutKnownSecrets } from '../../text/redact.ts'
import { Deliveries } from '../delivery/deliveries.ts'
import { Sender } from '../delivery/post-json.ts'
import { settingValue, urlOf } from '../delivery/setting-value.ts'
import { foldLineage, type LineageContext } from './lineage-events.ts'

export interface LineageListenerContext extends Omit<LineageContext, 'namespace'> {
  /** The directory to which a relative path of the file is relative. */
  readonly root: string
  readonly timing: Timing
  /** Reports what could not be delivered. */
  readonly report: (problem: string) => void
}

/** The receiver of the events. */
interface Target {
  readonly receiver: string
  readonly timeoutMs: number
  send(body: string, signal: AbortSignal): Promise<void>
  close(): void
}

const TIMEOUT = '10s'

/** Returns undefined, and reports why, if the receiver of the events is unknown. */
export function listenWithLineage(lineage: Lineage, context: LineageListenerContext): RunListener | undefined {
  const target =
    lineage.kind === 'file' ? fileTarget(resolve(context.root, lineage.file)) : httpTarget(lineage, context)
  if (!target) return undefined
  const lineageOf = foldLineage({ ...context, namespace: lineage.namespace ?? 'lake' })
  const deliveries = new Deliveries({ ...target, ...context })
  return {
    hear: (event) => {
      for (const sent of lineageOf(event)) {
        const body = withoutKnownSecrets(JSON.stringify(sent))
        deliveries.add((signal) => target.send(body, signal))
      }
    },
    close: async () => {
      await deliveries.close()
      target.close()
    },
  }
}

function fileTarget(file: string): Target {
  let isMade = false
  return {
    ...{ receiver: `the lineage file ${file}`, timeoutMs: durationMs(TIMEOUT) },
    send: async (body) => {
      if (!isMade) makeDirectory(dirname(file))
      isMade = true
      await appendFile(file, `${body}\n`)
    },
    close: () => undefined,
  }
}

function httpTarget(
  {
    url: setting,
    endpoint = '/api/v1/lineage',
    apiKey,
    timeout = TIMEOUT,
  }: Extract<Lineage, { readonly kind: 'http' }>,
  { report }: LineageListenerContext,
): Target | undefined {
  const root = urlOf(setting)
  const key = apiKey === undefined ? undefined : settingValue(apiKey)
  if (root.kind === 'refused' || key?.kind === 'refused') {
    const problem = root.kind === 'refused' ? root.reason : key?.kind === 'refused' ? key.reason : ''
    report(`no lineage is sent: ${problem}`)
    return undefined
  }
  const url = new URL(root.url.pathname.replace(/\/$/, '') + endpoint, root.url)
  const headers: Readonly<Record<string, string>> = key ? { authorization: `Bearer ${key.value}` } : {}
  const sender = new Sender(url)
  return {
    ...{ receiver: `the lineage service ${url.host}`, timeoutMs: durationMs(timeout) },
    send: (body, signal) => sender.post({ url, body, headers, signal }),
    close: () => sender.close(),
  }
}
