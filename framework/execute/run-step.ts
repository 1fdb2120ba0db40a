/**
 * Runs one step of a plan: prepares its directory, moves a renamed table, and builds the asset by
 * the step's mode.
 */
import { rmdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describeFailure } from '../engine/check-failure.ts'
import { isFromCode, type ResolvedAsset, type ResolvedTable } from '../graph/resolved-asset.ts'
import type { Observation, Observations, TableState } from '../observe/observation.ts'
import type { ProjectStorages } from '../observe/observe.ts'
import type { PlanStep } from '../plan/plan.ts'
import { refuseNewerCode } from '../publish/newer-code.ts'
import type { Published } from '../publish/publish.ts'
import type { HeldClaims } from '../run/claims/claim-assets.ts'
import { refuseLostClaim } from '../run/claims/claim-conflict.ts'
import type { AffectedSummary, EventSink, KeptFiles, RowsRead } from '../run/events.ts'
import { pacedProgress } from '../run/progress/paced-progress.ts'
import { makeDirectory } from '../storage/local/make-directory.ts'
import { checkStep } from './checks/check-step.ts'
import { incrementTable } from './increment/increment-step.ts'
import { currentSource } from './ingest/ingest-scope.ts'
import { ingestSource } from './ingest/source-step.ts'
import { movedOnly, moveTable, recordNames } from './rename-step.ts'
import { readRows } from './rows/rows-step.ts'
import type { RowsStep } from './rows/rows-table.ts'
import type { StepContext } from './step-context.ts'
import { buildTable } from './table-step.ts'

/** What each step gets from the run as it is. */
type Shared = Pick<StepContext, 'runId' | 'graph' | 'engine' | 'loaded' | 'signal' | 'policy' | 'followers' | 'now'>

/** What all steps of a run share. */
export interface RunContext extends Shared {
  readonly storages: ProjectStorages
  readonly observations: Observations
  /**
   * A local directory of this run alone. Each step makes a directory in it and removes it at its
   * end.
   */
  readonly scratch: string
  /** The claims on the assets of all steps. */
  readonly claims: HeldClaims
  readonly emit: EventSink
}

/** What changes from step to step. */
interface StepInput {
  /** The table before the step; undefined if it has never been built. */
  readonly state: TableState | undefined
  /** Called if an interrupted read has kept files for the next run. */
  readonly kept: (files: KeptFiles) => void
}

export interface StepResult extends Published {
  /** Present if only the affected rows were replaced. */
  readonly affected?: AffectedSummary
  /** Present if code gave the rows. */
  readonly read?: RowsRead
}

/** Builds and publishes the asset of a step. Throws what keeps it from being published. */
export async function runStep(run: RunContext, step: PlanStep, { state, kept }: StepInput): Promise<StepResult> {
  const asset = run.graph.get(step.asset)
  const observed = run.observations.get(asset.key)
  await refuseLostClaim(run.claims, asset.key)
  refuseNewerCode(asset, state?.provenance, run.loaded)
  const directory = join(run.scratch, asset.key)
  makeDirectory(directory)
  const forced = step.causes.some(({ kind }) => kind === 'forced')
  const context = { ...stepContext(run, asset.key, kept), directory, distrusting: forced }
  try {
    if (observed?.former) await moveTable(context, observed.former, asset.key)
    if (step.mode === 'rename') return await renameAsset(context, asset, { state, observed })
    if (asset.kind === 'table') return await buildByMode(context, asset, { mode: step.mode, state })
    if (isFromCode(asset)) return await readFromCode(run, context, { asset, observed, causes: step.causes })
    if (!observed?.source) throw new Error(`the files of ${asset.key} were not observed`)
    const current = currentSource(observed, step.causes)
    const storage = run.storages.source(asset.key)
    const engine = (await run.engine.engineFor?.(asset, observed.source.files.list())) ?? run.engine
    const source = { asset, storage, version: state?.version, observed: observed.source, current }
    return await ingestSource({ ...context, engine }, source)
  } finally {
    await removeDirectory(directory)
  }
}

/** Tries `rmdir` first, because most steps have moved all of their files into the lake. */
async function removeDirectory(directory: string): Promise<void> {
  try {
    rmdirSync(directory)
  } catch {
    await rm(directory, { recursive: true, force: true })
  }
}

interface CodeStep {
  readonly asset: RowsStep['asset']
  readonly observed: Observation | undefined
  readonly causes: PlanStep['causes']
}

async function readFromCode(
  run: RunContext,
  context: StepContext,
  { asset, observed, causes }: CodeStep,
): Promise<StepResult> {
  if (!observed?.rows) throw new Error(`the rows of ${asset.key} were not observed`)
  const engine = (await run.engine.engineFor?.(asset, [])) ?? run.engine
  const fromStart = causes.some(({ kind }) => kind === 'forced' || kind === 'code-changed')
  return readRows(
    { ...context, engine },
    { asset, observed: observed.rows, fromStart, allowEmpty: run.policy.allowEmpty },
  )
}

function stepContext(
  run: RunContext,
  key: string,
  kept: StepInput['kept'],
): Omit<StepContext, 'directory' | 'distrusting'> {
  const { storages, graph, engine, claims, runId, signal, now, emit, loaded, policy, followers } = run
  const at = () => ({ runId, asset: key, at: now().toISOString() })
  return {
    ...{ lake: storages.lake, graph, engine, claims, runId, signal, now, loaded, kept, policy, followers },
    progress: pacedProgress(now, (progress) => emit({ type: 'step-progressed', ...at(), ...progress })),
    warn: (failure) => emit({ type: 'step-warned', ...at(), message: describeFailure(key, failure), details: failure }),
    notice: (message) => emit({ type: 'step-warned', ...at(), message }),
  }
}

interface RenamedAsset {
  readonly state: TableState | undefined
  readonly observed: Observation | undefined
}

async function renameAsset(
  context: StepContext,
  asset: ResolvedAsset,
  { state, observed }: RenamedAsset,
): Promise<StepResult> {
  if (!state) throw new Error(`${asset.key} was renamed without a table`)
  const { renamed = [] } = observed ?? {}
  return asset.kind === 'table' && renamed.length > 0 ? recordNames(context, asset, state) : movedOnly(state)
}

/**
 * If an increment is not possible after all, the table gets a full refresh, and a warning says why.
 */
async function buildByMode(
  context: StepContext,
  asset: ResolvedTable,
  { mode, state }: Pick<PlanStep, 'mode'> & Pick<StepInput, 'state'>,
): Promise<StepResult> {
  const followed = asset.incremental
  if (mode === 'check' && state) return checkStep(context, asset, state)
  if (mode === 'full' || !state || followed?.kind !== 'followed') return buildTable(context, asset, state)
  const incremented = await incrementTable(context, { asset, followed, state })
  switch (incremented.kind) {
    case 'followed': {
      const { keys, rowsRemoved, rowsAdded } = incremented.affected
      return { ...incremented.published, affected: { keys, rowsRemoved, rowsAdded } }
    }
    case 'refused':
      context.notice(`${asset.key} gets a full refresh: ${incremented.reason}`)
      return buildTable(context, asset, state)
    case 'given-up':
      return buildTable(context, asset, state)
  }
}
