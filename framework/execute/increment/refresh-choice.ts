/** Gathers the facts for the choice between following and rebuilding a table, and chooses. */
import type { DataFile } from '../../engine/data-file.ts'
import type { ChangedRows, InputVersions } from '../../engine/increment.ts'
import { LakeError } from '../../errors.ts'
import type { AssetGraph } from '../../graph/asset-graph.ts'
import type { FollowedQuery, ResolvedTable } from '../../graph/resolved-asset.ts'
import {
  type ChangedUpstream,
  type CostedTable,
  type RefreshCosts,
  refreshCosts,
} from '../../increment/analysis/refresh-cost.ts'
import type { TableState } from '../../observe/observation.ts'
import { type RefreshMode, type RefreshSample, withSample } from '../../observe/refresh-sample.ts'
import { chooseRefresh, isWorthChoosing, type RefreshChoice } from '../../plan/choose-refresh.ts'
import type { PlanStep } from '../../plan/plan.ts'

/** An incremental table and its newest version. */
export interface CurrentTable {
  readonly asset: ResolvedTable
  readonly followed: FollowedQuery
  readonly state: TableState
}

interface ChosenFor extends Pick<CurrentTable, 'asset' | 'state'> {
  /** The name of the engine that refreshes the table. */
  readonly engine: string
}

/** What decides how the tables of a plan are refreshed, besides the costs. */
export interface RefreshPolicy {
  /** The name of the engine that runs the steps. */
  readonly engineName: string
  /** Follow changes even where a rebuild is estimated to be cheaper. */
  readonly alwaysFollow?: boolean
}

export interface ChoiceContext {
  /** The name of the engine that runs the step. */
  readonly engine: string
  readonly graph: AssetGraph
  /** The newest version of a table. */
  readonly stateOf: (key: string) => TableState | undefined
  /** The versions of the upstreams, by alias; undefined if an increment is not possible. */
  readonly inputsOf: (table: CurrentTable) => Promise<ReadonlyMap<string, InputVersions> | undefined>
}

/**
 * Returns the step in the cheaper mode, following as planned or a rebuild, with the reason for the
 * choice. Reads the logs of the upstreams, but no rows. Reads nothing for a small table. If the
 * step cannot be prepared, returns it as it is, and the step itself reports why when it runs.
 */
export async function cheaperStep(context: ChoiceContext, step: PlanStep): Promise<PlanStep> {
  const asset = context.graph.get(step.asset)
  const state = context.stateOf(step.asset)
  if ((step.mode !== 'keys' && step.mode !== 'partitions') || asset.kind !== 'table' || !state) return step
  const { incremental } = asset
  if (incremental?.kind !== 'followed' || !canBeCheaper(context, asset)) return step
  const inputs = await context.inputsOf({ asset, followed: incremental, state }).catch((error: unknown) => {
    if (error instanceof LakeError) return undefined
    throw error
  })
  if (!inputs) return step
  const { mode, reason } = choose({ asset, state, engine: context.engine }, estimatedChanges(inputs))
  return mode === 'rebuild' ? { ...step, mode: 'full', fullReason: reason } : { ...step, follows: reason }
}

/** Whether the choice is worth reading the logs of the upstreams. */
function canBeCheaper({ engine, stateOf }: Pick<ChoiceContext, 'engine' | 'stateOf'>, asset: ResolvedTable): boolean {
  const rows = (key: string) => stateOf(key)?.provenance.content.rows ?? 0
  return isWorthChoosing(engine, rebuildCosts(asset, rows).reads)
}

/** The costs while nothing has changed. `rows` is the number of rows of an upstream. */
function rebuildCosts(asset: ResolvedTable, rows: (key: string) => number, partitions = 0): RefreshCosts {
  const unchanged = { removed: 0, added: 0, compared: 0 }
  const upstreams = new Map(asset.upstream.map(({ alias, key }) => [alias, { rows: rows(key), ...unchanged }]))
  return costsOf(asset, { rows: 0, partitions }, upstreams)
}

function choose({ asset, state, engine }: ChosenFor, upstreams: ReadonlyMap<string, ChangedUpstream>): RefreshChoice {
  const visits = costsOf(asset, sizeOf(state), upstreams)
  return chooseRefresh({ engine, visits, samples: state.provenance.refreshes ?? [] })
}

type TableSize = Pick<CostedTable, 'rows' | 'partitions'>

const sizeOf = ({ provenance: { content, partitions } }: TableState): TableSize => ({ rows: content.rows, partitions })

function costsOf(
  { query, columns }: ResolvedTable,
  size: TableSize,
  upstreams: ReadonlyMap<string, ChangedUpstream>,
): RefreshCosts {
  const named = columns.map(({ name, type, nullable }, index) => ({ name, type, nullable, id: `own${index}` }))
  return refreshCosts(upstreams, { ...query, columns: named, ...size })
}

/**
 * Share of edited rows that is assumed for a file that was rewritten with the same number of rows.
 * If the share is too low, little is lost: the choice is made once more when the rows have been
 * compared.
 */
const EDITED = 0.001

/** The upstreams' changes, as far as files and manifests show them. */
const estimatedChanges = (inputs: ReadonlyMap<string, InputVersions>): ReadonlyMap<string, ChangedUpstream> =>
  new Map([...inputs].map(([alias, input]) => [alias, estimatedChange(input)]))

function estimatedChange(input: InputVersions): ChangedUpstream {
  const { rows, mostRemoved, mostAdded } = filesChanged(input)
  if (mostRemoved === 0 || mostAdded === 0) return { rows, removed: mostRemoved, added: mostAdded, compared: 0 }
  // A file with fewer rows has probably just lost some, and one with more has gained some.
  const edited = mostRemoved === mostAdded ? EDITED * mostRemoved : 0
  const [removed, added] = [Math.max(edited, mostRemoved - mostAdded), Math.max(edited, mostAdded - mostRemoved)]
  // Tables that follow the same change compare its files once.
  return { rows, removed, added, compared: (mostRemoved + mostAdded) / (input.shared?.tables ?? 1) }
}

/**
 * Rows of the current version, and upper bounds on the rows that moved out of old files and into
 * new ones.
 */
function filesChanged({ before, after, within }: InputVersions) {
  const [old, current] = [before, after].map((files) => new Set(files.map(({ location }) => location)))
  const mostRemoved = rowsIn(before.filter(({ location }) => !current?.has(location)))
  const mostAdded = rowsIn(after.filter(({ location }) => !old?.has(location)))
  return {
    rows: rowsIn(after),
    mostRemoved: Math.min(mostRemoved, within?.rowsBefore ?? mostRemoved),
    mostAdded: Math.min(mostAdded, within?.rowsAfter ?? mostAdded),
  }
}

const rowsIn = (files: readonly DataFile[]): number => files.reduce((sum, { rows = 0 }) => sum + rows, 0)

/** The cost of following a table: first the estimate, later what it took. */
export class FollowingCost {
  readonly #table: ChosenFor
  readonly #estimated: ReadonlyMap<string, ChangedUpstream>
  #visits: number | undefined

  constructor(table: ChosenFor, inputs: ReadonlyMap<string, InputVersions>) {
    this.#table = table
    this.#estimated = estimatedChanges(inputs)
  }

  /**
   * Why the table is rebuilt after all, once the changed rows have been counted; undefined if
   * following is still cheaper.
   */
  reconsidered(changed: ReadonlyMap<string, ChangedRows>): string | undefined {
    const { asset, state, engine } = this.#table
    const counted = (compared: boolean) =>
      new Map(
        [...this.#estimated].map(([alias, estimated]) => {
          const { removed = 0, added = 0 } = changed.get(alias) ?? {}
          return [alias, { ...estimated, removed, added, compared: compared ? estimated.compared : 0 }] as const
        }),
      )
    const { reads, follow } = costsOf(asset, sizeOf(state), counted(true))
    this.#visits = isWorthChoosing(engine, reads) ? follow : undefined
    if (this.#visits === undefined) return undefined
    const { mode, reason } = choose(this.#table, counted(false))
    return mode === 'rebuild' ? reason : undefined
  }

  /**
   * The table's recorded refreshes with this increment added. Returns them unchanged if the table
   * is too small for a choice.
   */
  samples(milliseconds: number): readonly RefreshSample[] | undefined {
    const { engine, state } = this.#table
    const { refreshes } = state.provenance
    if (this.#visits === undefined) return refreshes
    return withSample(refreshes ?? [], { mode: 'follow', engine, visits: Math.round(this.#visits), milliseconds })
  }
}

interface Rebuilt {
  readonly before: TableState | undefined
  readonly took: Omit<RefreshSample, 'mode' | 'visits'>
  /** Number of files that were written. */
  readonly files: number
}

/**
 * The table's recorded refreshes with a rebuild added. Returns them unchanged if the table is too
 * small for a choice.
 */
export function samplesWithRebuild(
  asset: ResolvedTable,
  rows: (key: string) => number,
  { before, took, files }: Rebuilt,
): readonly RefreshSample[] | undefined {
  const known = before?.provenance.code.version === asset.code.version ? before.provenance.refreshes : undefined
  if (asset.incremental?.kind !== 'followed') return known
  const { reads, rebuild } = rebuildCosts(asset, rows, files)
  if (!isWorthChoosing(took.engine, reads)) return known
  const mode: RefreshMode = 'rebuild'
  return withSample(known ?? [], { ...took, mode, visits: Math.round(rebuild) })
}
