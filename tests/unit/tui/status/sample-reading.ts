/** A sample reading for the tests of the status screen. */
import { plainPaint } from '../../../../framework/report/layout/page.ts'
import type { StatusReport } from '../../../../framework/report/status.ts'
import type { Frame } from '../../../../framework/tui/frame.ts'
import type { KeyPress } from '../../../../framework/tui/key-press.ts'
import { statusFrame } from '../../../../framework/tui/status/frame/status-frame.ts'
import { foldStatus } from '../../../../framework/tui/status/model/fold-status.ts'
import {
  openingModel,
  type StatusAsk,
  type StatusEvent,
  type StatusModel,
} from '../../../../framework/tui/status/model/status-model.ts'
import type { StatusReading } from '../../../../framework/tui/status/model/status-source.ts'
import { NOW, sampleGraph, sampleStatus } from '../../report/sample.ts'

export const GRAPH = sampleGraph()

export function sampleReading(report: Partial<StatusReport> = {}): StatusReading {
  const nextRefresh = { name: 'nightly', at: new Date('2026-11-24T02:00:00Z') }
  return { report: { ...sampleStatus(), ...report }, graph: GRAPH, at: NOW, nextRefresh, nextRefreshes: new Map() }
}

/** The screen of the sample at a size, after some events, and everything that it asked for. */
export function screenAfter(size: { width: number; height: number }, ...events: readonly StatusEvent[]) {
  let model = openingModel(size, { lake: 's3://lake', graph: GRAPH })
  const asks: StatusAsk[] = []
  for (const event of [{ kind: 'read', reading: sampleReading() } as const, ...events]) {
    const step = foldStatus(model, event)
    model = step.model
    asks.push(...step.asks)
  }
  return { model, asks, lines: () => linesOf(model) }
}

export const linesOf = (model: StatusModel, frame: Partial<Frame> = {}): readonly string[] =>
  statusFrame(model, { ...model.size, paint: plainPaint, now: NOW, ...frame }).map((line) => line.trimEnd())

const NAMED: Readonly<Record<string, KeyPress>> = {
  UP: { kind: 'up' },
  DOWN: { kind: 'down' },
  PGDN: { kind: 'page-down' },
  END: { kind: 'end' },
  ENTER: { kind: 'enter' },
  ESC: { kind: 'escape' },
  ERASE: { kind: 'erase' },
  TAB: { kind: 'tab' },
  INTERRUPT: { kind: 'interrupt' },
}

/**
 * Turns `keys('jj', 'ENTER')` into key presses: the name of a key is one press, all other text is
 * one press for each letter.
 */
export function keys(...typed: readonly string[]): readonly StatusEvent[] {
  return typed.flatMap((text) => {
    const named = NAMED[text]
    const presses: readonly KeyPress[] = named
      ? [named]
      : [...text].map((character) => ({ kind: 'character', character }))
    return presses.map((press) => ({ kind: 'key', press }) as const)
  })
}

export const mouse = (kind: 'click' | 'wheel-up' | 'wheel-down', column: number, row: number): StatusEvent => ({
  kind: 'key',
  press: { kind, column, row },
})
