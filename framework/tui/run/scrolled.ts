/** Decides which lines a run leaves in the terminal. Each is drawn once, and scrolls away. */
import { describeEnded, describePlaced } from '../../report/run/run-text.ts'
import type { RunAsset, RunView } from '../../report/run/run-view.ts'
import type { RunEvent } from '../../run/events.ts'
import type { Frame } from '../frame.ts'
import { endedLines, noteLines, runHeader } from './run-frame.ts'

/** Drawn for the width that the terminal has at that time. */
export type Scrolled =
  | { readonly kind: 'header'; readonly view: RunView }
  | { readonly kind: 'ended'; readonly view: RunView; readonly asset: RunAsset }
  | { readonly kind: 'note'; readonly text: string; readonly tone: 'dim' | 'warn' }

/** The lines that an event leaves. `view` is the state of the run after it. */
export function scrolledBy(event: RunEvent, view: RunView): readonly Scrolled[] {
  switch (event.type) {
    case 'run-started':
      return event.steps.length > 0 ? [{ kind: 'header', view }] : []
    case 'job-placed':
      return [{ kind: 'note', text: describePlaced(event), tone: 'dim' }]
    case 'cluster-ended':
      return [{ kind: 'note', text: describeEnded(event), tone: 'dim' }]
    case 'run-waited':
      return [{ kind: 'note', text: `waited: ${event.message}`, tone: 'dim' }]
    case 'run-warned':
      return [{ kind: 'note', text: `warning: ${event.message}`, tone: 'warn' }]
    case 'step-retried': {
      const { asset, attempt, attempts, error } = event
      return [
        { kind: 'note', text: `${asset}: attempt ${attempt} of ${attempts} failed: ${error.message}`, tone: 'warn' },
      ]
    }
    case 'step-finished': {
      const asset = view.assets[view.indexes.get(event.asset) ?? -1]
      return asset && isDrawn(asset) ? [{ kind: 'ended', view, asset }] : []
    }
    case 'job-changed':
    case 'cost-estimated':
    case 'step-started':
    case 'step-progressed':
    case 'step-warned':
    case 'run-finished':
      return []
  }
}

/**
 * Assets that never ran because of others are only counted at the end, because there can be
 * hundreds.
 */
const isDrawn = ({ state, startedAt }: RunAsset): boolean =>
  startedAt !== null || (state !== 'skipped' && state !== 'canceled')

export function drawScrolled(item: Scrolled, frame: Frame): readonly string[] {
  switch (item.kind) {
    case 'header':
      return [runHeader(item.view, frame)]
    case 'ended':
      return endedLines(item.view, item.asset, frame)
    case 'note':
      return noteLines(item.text, frame, item.tone)
  }
}
