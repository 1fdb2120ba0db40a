/** Calls the hooks of a project: its functions, and webhooks. */
import { durationMs } from '../../declare/runs/duration.ts'
import type { Hook, HookFunctions, Webhook } from '../../declare/runs/hooks.ts'
import type { RunListener } from '../../run/listener.ts'
import type { Timing } from '../../run/timing.ts'
import { Deliveries } from '../delivery/deliveries.ts'
import { Sender } from '../delivery/post-json.ts'
import { settingValue, urlOf } from '../delivery/setting-value.ts'
import { chatText } from './chat-text.ts'
import { type HookMessage, messagesOfRun } from './hook-messages.ts'

interface HookContext {
  readonly timing: Timing
  /** Reports what could not be delivered. */
  readonly report: (problem: string) => void
}

/** A receiver of messages: a function or a webhook. */
interface Receiver {
  send(message: HookMessage): void
  close(): Promise<void>
}

const TIMEOUT = '10s'

/** Sends the messages of one run to all hooks. */
export function listenWithHooks(hooks: readonly Hook[], context: HookContext): RunListener {
  const receivers = hooks.flatMap((hook) => receiverOf(hook, context) ?? [])
  const messagesOf = messagesOfRun()
  return {
    hear: (event) => {
      for (const message of messagesOf(event)) for (const receiver of receivers) receiver.send(message)
    },
    close: async () => {
      await Promise.all(receivers.map((receiver) => receiver.close()))
    },
  }
}

/** Sends messages that do not come from a run to all hooks. */
export async function sendToHooks(
  hooks: readonly Hook[],
  messages: readonly HookMessage[],
  context: HookContext,
): Promise<void> {
  const receivers = hooks.flatMap((hook) => receiverOf(hook, context) ?? [])
  for (const message of messages) for (const receiver of receivers) receiver.send(message)
  await Promise.all(receivers.map((receiver) => receiver.close()))
}

const receiverOf = (hook: Hook, context: HookContext): Receiver | undefined =>
  'kind' in hook ? webhookReceiver(hook, context) : functionsReceiver(hook, context)

function functionsReceiver(hook: HookFunctions, context: HookContext): Receiver {
  const { timeout = TIMEOUT } = hook
  const of = (receiver: string) => new Deliveries({ receiver, timeoutMs: durationMs(timeout), ...context })
  const [finished, failed, broken] = [of('onRunFinished'), of('onAssetFailed'), of('onCheckFailed')]
  return {
    send: ({ event, facts }) => {
      switch (event) {
        case 'run-finished':
        case 'run-failed':
          if (hook.onRunFinished) finished.add(async () => hook.onRunFinished?.(facts))
          return
        case 'asset-failed':
          if (hook.onAssetFailed) failed.add(async () => hook.onAssetFailed?.(facts))
          return
        case 'check-failed':
          if (hook.onCheckFailed) broken.add(async () => hook.onCheckFailed?.(facts))
      }
    },
    close: async () => {
      await Promise.all([finished.close(), failed.close(), broken.close()])
    },
  }
}

/** Returns undefined, and reports why, if the webhook's address is unknown. */
function webhookReceiver(hook: Webhook, context: HookContext): Receiver | undefined {
  const { on = ['run-failed', 'check-failed'], timeout = TIMEOUT } = hook
  const target = urlOf(hook.url)
  const headers = Object.entries(hook.headers ?? {}).map(([name, setting]) => ({ name, ...settingValue(setting) }))
  const problem = [target, ...headers].find((setting) => setting.kind === 'refused')
  if (problem?.kind === 'refused' || target.kind === 'refused') {
    context.report(`nothing is sent to a webhook: ${problem?.kind === 'refused' ? problem.reason : ''}`)
    return undefined
  }
  const { url } = target
  const sent = Object.fromEntries(headers.map((header) => [header.name, header.kind === 'known' ? header.value : '']))
  const deliveries = new Deliveries({ receiver: `the webhook ${url.host}`, timeoutMs: durationMs(timeout), ...context })
  const sender = new Sender(url)
  return {
    send: (message) => {
      if (!isWanted(on, message)) return
      const body = JSON.stringify({ text: chatText(message), event: message.event, ...message.facts })
      deliveries.add((signal) => sender.post({ url, body, headers: sent, signal }))
    },
    close: async () => {
      await deliveries.close()
      sender.close()
    },
  }
}

/** `run-finished` covers every end of a run. */
const isWanted = (on: NonNullable<Webhook['on']>, { event }: HookMessage): boolean =>
  on.includes(event) || (event === 'run-failed' && on.includes('run-finished'))
