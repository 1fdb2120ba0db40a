/** Opens the listeners of a project's runs: its hooks and its lineage. */
import type { Hook } from '../declare/runs/hooks.ts'
import type { Lineage } from '../declare/runs/lineage.ts'
import type { OpenListener } from '../run/listener.ts'
import { listenWithHooks } from './hooks/open-hooks.ts'
import { type LineageListenerContext, listenWithLineage } from './lineage/open-lineage-listener.ts'

interface ListenContext extends Omit<LineageListenerContext, 'report'> {
  readonly hooks: readonly Hook[]
  readonly lineage: Lineage | undefined
}

export function openListeners({ hooks, lineage, ...context }: ListenContext): OpenListener {
  return (report) => {
    const listeners = [
      ...(hooks.length > 0 ? [listenWithHooks(hooks, { ...context, report })] : []),
      ...(lineage ? [listenWithLineage(lineage, { ...context, report })] : []),
    ].filter((listener) => listener !== undefined)
    return {
      hear: (event) => {
        for (const listener of listeners) listener.hear(event)
      },
      close: async () => {
        await Promise.all(listeners.map((listener) => listener.close()))
      },
    }
  }
}
