/**
 * Derives OpenLineage events from the events of a run: one job for each asset, and one for the run.
 */
import type { AssetGraph } from '../../graph/asset-graph.ts'
import { isFromCode, type ResolvedAsset } from '../../graph/resolved-asset.ts'
import { type FailedCheck, failedChecksIn, failedChecksOf } from '../../run/error-details.ts'
import type { ErrorReport } from '../../run/error-report.ts'
import type { Outcome, RunEvent, RunFinished, RunStarted, StepFinished, StepStarted } from '../../run/events.ts'
import { type DatasetName, datasetAt, datasetOf } from './dataset-name.ts'
import { type Facet, type Facets, facet, PRODUCER, qualityFacets, tableFacets } from './facets.ts'
import { uuidOf } from './run-ids.ts'

const SCHEMA = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent'
/** The job of a whole run. No key of an asset has a dot. */
const RUN_JOB = 'lake.materialize'

/** An event as it is sent. */
export interface LineageEvent {
  readonly eventType: 'START' | 'COMPLETE' | 'FAIL' | 'ABORT'
  readonly eventTime: string
  readonly run: { readonly runId: string; readonly facets: Facets }
  readonly job: { readonly namespace: string; readonly name: string; readonly facets: Facets }
  readonly inputs: readonly (DatasetName & { readonly facets?: Facets; readonly inputFacets?: Facets })[]
  readonly outputs: readonly (DatasetName & { readonly facets?: Facets; readonly outputFacets?: Facets })[]
  readonly producer: string
  readonly schemaURL: string
}

export interface LineageContext {
  readonly graph: AssetGraph
  readonly namespace: string
  /** The URI of the lake. */
  readonly lake: string
  /** The URI of a source's files. */
  readonly sourceUri: (key: string) => string
}

/**
 * Returns a fold: it gets the events of one run in order, and returns the OpenLineage events of
 * each.
 */
export function foldLineage(context: LineageContext): (event: RunEvent) => readonly LineageEvent[] {
  const fold = new LineageFold(context)
  return (event) => fold.next(event)
}

class LineageFold {
  readonly #context: LineageContext
  /** Assets whose step began, with the checks that warned. */
  readonly #begun = new Map<string, FailedCheck[]>()
  #hasSteps = false

  constructor(context: LineageContext) {
    this.#context = context
  }

  next(event: RunEvent): readonly LineageEvent[] {
    switch (event.type) {
      case 'run-started':
        this.#hasSteps = event.steps.length > 0
        return this.#hasSteps ? [this.#runEvent(event, 'START')] : []
      case 'step-started':
        this.#begun.set(event.asset, [])
        return [this.#stepStarted(event)]
      case 'step-warned':
        this.#begun.get(event.asset)?.push(...failedChecksIn(event.details))
        return []
      case 'step-finished': {
        const warned = this.#begun.get(event.asset)
        return warned ? this.#stepFinished(event, warned) : []
      }
      case 'run-finished':
        return this.#hasSteps ? [this.#runEvent(event, RUN_ENDS[event.status], event.error)] : []
      default:
        return []
    }
  }

  #runEvent(
    { runId, at }: RunStarted | RunFinished,
    eventType: LineageEvent['eventType'],
    error?: ErrorReport,
  ): LineageEvent {
    const { namespace } = this.#context
    return {
      ...{ eventType, eventTime: at },
      run: { runId: uuidOf(runId), facets: errorFacets(error) },
      job: { namespace, name: RUN_JOB, facets: { jobType: jobType('RUN') } },
      ...{ inputs: [], outputs: [], producer: PRODUCER, schemaURL: SCHEMA },
    }
  }

  #stepStarted(event: StepStarted): LineageEvent {
    const asset = this.#context.graph.get(event.asset)
    return this.#stepEvent(event, 'START', { inputs: this.#inputs(asset), outputs: [this.#table(asset)] })
  }

  #stepFinished(event: StepFinished, warned: readonly FailedCheck[]): readonly LineageEvent[] {
    const asset = this.#context.graph.get(event.asset)
    const { outcome, version, rowsWritten, error, rows } = event
    const facets = {
      ...tableFacets(asset, this.#context.lake),
      ...(version !== null && { version: facet('DatasetVersionDatasetFacet', { datasetVersion: String(version) }) }),
    }
    const outputFacets = { outputStatistics: facet('OutputStatisticsOutputDatasetFacet', { rowCount: rowsWritten }) }
    const ended = this.#stepEvent(event, STEP_ENDS[outcome], {
      inputs: this.#inputs(asset),
      outputs: [{ ...this.#table(asset), facets, outputFacets }],
      ...(error && { error }),
    })
    const failed = failedChecksOf(error)
    const isChecked = asset.kind === 'table' && (error === undefined || failed.length > 0) && outcome !== 'canceled'
    if (!isChecked) return [ended]
    const quality = qualityFacets(asset, rows, [...warned, ...failed])
    return [ended, this.#checksEvent(event, { ...this.#table(asset), inputFacets: quality })]
  }

  #stepEvent(
    { runId, at, asset: key }: StepStarted | StepFinished,
    eventType: LineageEvent['eventType'],
    { inputs, outputs, error }: Pick<LineageEvent, 'inputs' | 'outputs'> & { readonly error?: ErrorReport },
  ): LineageEvent {
    const { namespace, graph } = this.#context
    const { description, owner } = graph.get(key).declared
    return {
      ...{ eventType, eventTime: at },
      run: { runId: uuidOf(runId, key), facets: { parent: this.#parent(runId), ...errorFacets(error) } },
      job: {
        ...{ namespace, name: key },
        facets: {
          jobType: jobType('ASSET'),
          ...(description !== undefined && { documentation: facet('DocumentationJobFacet', { description }) }),
          ...(owner !== undefined && { ownership: facet('OwnershipJobFacet', { owners: [{ name: owner }] }) }),
        },
      },
      ...{ inputs, outputs, producer: PRODUCER, schemaURL: SCHEMA },
    }
  }

  /**
   * Only the inputs of a job can have results of checks. So the checks are a job of their own,
   * which reads the table.
   */
  #checksEvent({ runId, at, asset: key }: StepFinished, checked: LineageEvent['inputs'][number]): LineageEvent {
    const { namespace } = this.#context
    return {
      ...{ eventType: 'COMPLETE', eventTime: at },
      run: { runId: uuidOf(runId, key, 'checks'), facets: { parent: this.#parent(runId) } },
      job: { namespace, name: `${key}.checks`, facets: { jobType: jobType('CHECKS') } },
      ...{ inputs: [checked], outputs: [], producer: PRODUCER, schemaURL: SCHEMA },
    }
  }

  #parent(runId: string): Facet {
    const { namespace } = this.#context
    return facet('ParentRunFacet', { run: { runId: uuidOf(runId) }, job: { namespace, name: RUN_JOB } })
  }

  #inputs(asset: ResolvedAsset): readonly DatasetName[] {
    const { lake, sourceUri } = this.#context
    if (isFromCode(asset)) return []
    if (asset.kind === 'source') return [datasetAt(sourceUri(asset.key))]
    return [...new Set(asset.upstream.map(({ key }) => key))].map((key) => datasetOf(lake, key))
  }

  #table = ({ key }: ResolvedAsset): DatasetName => datasetOf(this.#context.lake, key)
}

const RUN_ENDS = { succeeded: 'COMPLETE', failed: 'FAIL', canceled: 'ABORT' } as const

const STEP_ENDS: Readonly<Record<Outcome, LineageEvent['eventType']>> = {
  materialized: 'COMPLETE',
  unchanged: 'COMPLETE',
  fresh: 'COMPLETE',
  failed: 'FAIL',
  skipped: 'ABORT',
  canceled: 'ABORT',
}

const jobType = (kind: string): Facet =>
  facet('JobTypeJobFacet', { processingType: 'BATCH', integration: 'LAKE', jobType: kind })

function errorFacets(error: ErrorReport | undefined): Facets {
  if (!error) return {}
  return { errorMessage: facet('ErrorMessageRunFacet', { message: error.message, programmingLanguage: 'TYPESCRIPT' }) }
}
