/** Derives the state of each asset from runs that have progressed since the last reading. */
import type { Tone } from '../../../report/layout/page.ts'
import type { RunAsset, RunView } from '../../../report/run/run-view.ts'
import type { AssetState, AssetStatus } from '../../../report/status.ts'
import { STATE_TONES } from '../../../report/status-text.ts'
import type { StatusModel } from './status-model.ts'

/** `waiting`: a run has claimed the asset and has not begun its step. */
export type LiveState = AssetState | 'waiting'

export const LIVE_TONES: Readonly<Record<LiveState, Tone>> = { ...STATE_TONES, waiting: 'dim' }

export interface LiveAsset extends Omit<AssetStatus, 'state'> {
  readonly state: LiveState
  /** Its step in a run that has not ended, or has ended since the last reading. */
  readonly step?: RunAsset
  /** That run. */
  readonly run?: RunView
}

/** The runs at work. The run that this screen started comes first. */
export function liveRuns({ runs, started }: Pick<StatusModel, 'runs' | 'started'>): readonly RunView[] {
  const own = started?.view
  return own ? [own, ...runs.filter(({ runId }) => runId !== own.runId)] : runs
}

export function liveAsset(asset: AssetStatus, runs: readonly RunView[]): LiveAsset {
  for (const run of runs) {
    const step = run.assets[run.indexes.get(asset.key) ?? -1]
    if (step) return { ...asset, ...changedBy(step, asset), step, run }
  }
  return asset
}

function changedBy(step: RunAsset, asset: AssetStatus): Pick<LiveAsset, 'state'> & Partial<LiveAsset> {
  const { state, version, rows, finishedAt, error } = step
  switch (state) {
    case 'waiting':
      return { state: 'waiting' }
    case 'running':
      return { state: 'running' }
    case 'materialized':
    case 'unchanged':
      return {
        ...{ state: 'fresh', causes: [], failure: null },
        ...{ version: version ?? asset.version, rows: rows ?? asset.rows },
        ...(finishedAt !== null && state === 'materialized' && { materializedAt: finishedAt }),
      }
    case 'fresh':
      return { state: 'fresh' }
    case 'failed':
      return { state: 'failed', causes: [], ...(error && { failure: failureOf(step, error) }) }
    case 'skipped':
    case 'canceled':
      return { state: asset.state === 'running' ? 'stale' : asset.state }
  }
}

const failureOf = ({ finishedAt }: RunAsset, error: NonNullable<RunAsset['error']>) => ({
  ...{ runId: '', at: finishedAt ?? '', error },
})
