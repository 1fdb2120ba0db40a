/** Folds events into the state of the status screen and its requests. Pure. */
import { plainPaint } from '../../../report/layout/page.ts'
import { summaryLine } from '../../../report/run/run-text.ts'
import { foldEvent, type RunView } from '../../../report/run/run-view.ts'
import { pressed } from './keys.ts'
import { keepSelected, keepVisible } from './selection.ts'
import { type Folded, type StatusAsk, type StatusEvent, type StatusModel, selectedStatus } from './status-model.ts'
import type { StatusReading } from './status-source.ts'

export function foldStatus(model: StatusModel, event: StatusEvent): Folded {
  const step = stepOf(model, event)
  const visible = keepVisible(step.model)
  return { model: visible, asks: [...step.asks, ...factsAsks(model, visible)] }
}

function stepOf(model: StatusModel, event: StatusEvent): Folded {
  const only = (changed: Partial<StatusModel>): Folded => ({ model: { ...model, ...changed }, asks: [] })
  switch (event.kind) {
    case 'key':
      return pressed({ ...model, notice: undefined }, event.press)
    case 'resized':
      return only({ size: event.size })
    case 'read':
      return { model: afterReading(model, event.reading), asks: logAsks(model) }
    case 'read-failed':
      return only({ isReading: false, problem: event.problem })
    case 'due':
      return model.isReading ? only({}) : asking({ ...model, isReading: true }, { kind: 'read' })
    case 'runs':
      return afterRuns(model, event.runs)
    case 'facts':
      return only(event.facts.key === model.selected ? { facts: event.facts } : {})
    case 'planned': {
      const { overlay } = model
      const awaited = overlay?.kind === 'plan' && overlay.selection === event.selection
      return only(awaited ? { overlay: { ...overlay, plan: event.plan } } : {})
    }
    case 'run-read': {
      const { overlay } = model
      const awaited = overlay?.kind === 'log' && overlay.runId === event.runId
      return only(awaited ? { overlay: { ...overlay, run: event.run } } : {})
    }
    case 'run-event': {
      const { started } = model
      return only(started ? { started: { ...started, view: foldEvent(started.view, event.event) } } : {})
    }
    case 'run-ended':
      return afterRun(model, event.message)
  }
}

const asking = (model: StatusModel, ...asks: readonly StatusAsk[]): Folded => ({ model, asks })

/** Drops runs that ended before the reading, because the reading contains their results. */
function afterReading(model: StatusModel, reading: StatusReading): StatusModel {
  const claimed = claimedBy(reading)
  const { started } = model
  return keepSelected({
    ...model,
    ...{ reading, isReading: false, problem: undefined },
    runs: model.runs.filter(({ runId }) => claimed.has(runId)),
    started: started?.state === 'ended' ? undefined : started,
  })
}

/** The runs that hold assets. */
export function claimedBy({ report }: StatusReading): ReadonlySet<string> {
  return new Set(report.assets.flatMap(({ state, runId }) => (state === 'running' && runId !== null ? [runId] : [])))
}

/**
 * If a run begins or ends, the next reading has another result. Until then, runs that ended are
 * kept.
 */
function afterRuns(model: StatusModel, runs: StatusModel['runs']): Folded {
  const [before, now] = [model.runs, runs].map((views) => new Set(views.map(({ runId }) => runId)))
  const own = model.started?.view?.runId
  const others = runs.filter(({ runId }) => runId !== own)
  const gone = model.runs.filter(({ runId }) => !now?.has(runId))
  const changed = { ...model, runs: [...others, ...gone] }
  const news = gone.length > 0 || others.some(({ runId, status }) => !before?.has(runId) || status !== 'running')
  return news ? stepOf(changed, { kind: 'due' }) : asking(changed)
}

function afterRun(model: StatusModel, message: string | undefined): Folded {
  const { started } = model
  if (!started) return asking(model)
  const notice = message ?? (started.view ? endOf(started.view) : model.notice)
  // Requests a reading even if one is in progress, because that one can have begun before the end.
  return asking({ ...model, notice, started: { ...started, state: 'ended' }, isReading: true }, { kind: 'read' })
}

function endOf(view: RunView): string {
  const more = view.status === 'failed' ? ' f shows the failures.' : ''
  return summaryLine(view, plainPaint) + more
}

/** An open log of a run that has not ended follows it. */
function logAsks({ overlay }: StatusModel): readonly StatusAsk[] {
  if (overlay?.kind !== 'log' || overlay.run.kind !== 'got' || overlay.run.value.status !== 'running') return []
  return [{ kind: 'run', runId: overlay.runId }]
}

/** Requests the facts of the selected asset, again whenever its version or its failure changes. */
function factsAsks(before: StatusModel, model: StatusModel): readonly StatusAsk[] {
  const [old, status] = [selectedStatus(before), selectedStatus(model)]
  if (
    !status ||
    (old && old.key === status.key && old.version === status.version && old.failure?.at === status.failure?.at)
  ) {
    return []
  }
  return [{ kind: 'facts', key: status.key }]
}
