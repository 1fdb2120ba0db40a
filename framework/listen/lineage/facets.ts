/** Builds the OpenLineage facets of datasets. */

import { typeName } from '../../declare/columns.ts'
import { describeChecks, describes } from '../../graph/describe-checks.ts'
import type { ResolvedAsset, ResolvedTable } from '../../graph/resolved-asset.ts'
import { columnLineage, type Dependence, type Derivation, type RowInfluence } from '../../relation/column-lineage.ts'
import type { FailedCheck } from '../../run/error-details.ts'
import { counted } from '../../text/counted.ts'
import { type DatasetName, datasetOf } from './dataset-name.ts'

/** Names the program that makes the events. OpenLineage asks for a URI. */
export const PRODUCER = 'urn:lake'

const SPEC = 'https://openlineage.io/spec'

/** The version of the schema of each facet. */
const VERSIONS = {
  ParentRunFacet: '1-2-0',
  ErrorMessageRunFacet: '1-0-1',
  JobTypeJobFacet: '2-0-4',
  DocumentationJobFacet: '1-1-0',
  OwnershipJobFacet: '1-0-1',
  SchemaDatasetFacet: '1-2-0',
  ColumnLineageDatasetFacet: '1-2-0',
  DocumentationDatasetFacet: '1-1-0',
  OwnershipDatasetFacet: '1-0-1',
  DatasetVersionDatasetFacet: '1-0-1',
  DatasourceDatasetFacet: '1-0-1',
  StorageDatasetFacet: '1-0-1',
  OutputStatisticsOutputDatasetFacet: '1-0-2',
  DataQualityAssertionsDatasetFacet: '1-1-0',
  DataQualityMetricsInputDatasetFacet: '1-0-3',
} as const

export type Facet = Readonly<Record<string, unknown>>
export type Facets = Readonly<Record<string, Facet>>

/** Adds the fields that every facet must have. */
export const facet = (kind: keyof typeof VERSIONS, fields: Facet): Facet => ({
  _producer: PRODUCER,
  _schemaURL: `${SPEC}/facets/${VERSIONS[kind]}/${kind}.json#/$defs/${kind}`,
  ...fields,
})

/** The facets of an asset's table that do not depend on its rows. */
export function tableFacets(asset: ResolvedAsset, lake: string): Facets {
  const { description, owner } = asset.declared
  const columnsFrom = asset.kind === 'table' ? columnLineageFacet(asset, lake) : undefined
  return {
    schema: schemaFacet(asset),
    storage: facet('StorageDatasetFacet', { storageLayer: 'delta', fileFormat: 'parquet' }),
    ...(description !== undefined && { documentation: facet('DocumentationDatasetFacet', { description }) }),
    ...(owner !== undefined && { ownership: facet('OwnershipDatasetFacet', { owners: [{ name: owner }] }) }),
    ...(columnsFrom && { columnLineage: columnsFrom }),
  }
}

function schemaFacet({ columns }: ResolvedAsset): Facet {
  const fields = columns.map(({ name, type, description }) => ({
    ...{ name, type: typeName(type) },
    ...(description !== undefined && { description }),
  }))
  return facet('SchemaDatasetFacet', { fields })
}

const TRANSFORMATIONS: Readonly<
  Record<Derivation | RowInfluence, { readonly type: string; readonly subtype: string }>
> = {
  identity: { type: 'DIRECT', subtype: 'IDENTITY' },
  transformation: { type: 'DIRECT', subtype: 'TRANSFORMATION' },
  aggregation: { type: 'DIRECT', subtype: 'AGGREGATION' },
  condition: { type: 'INDIRECT', subtype: 'CONDITIONAL' },
  window: { type: 'INDIRECT', subtype: 'WINDOW' },
  filter: { type: 'INDIRECT', subtype: 'FILTER' },
  join: { type: 'INDIRECT', subtype: 'JOIN' },
  group: { type: 'INDIRECT', subtype: 'GROUP_BY' },
  sort: { type: 'INDIRECT', subtype: 'SORT' },
}

function columnLineageFacet({ query, upstream }: ResolvedTable, lake: string): Facet {
  const { columns, rows } = columnLineage(query.relation, query.outputs)
  const datasets = new Map(upstream.map(({ alias, key }) => [alias, datasetOf(lake, key)]))
  const inputFields = (all: readonly Dependence<Derivation | RowInfluence>[]) =>
    all.map(({ alias, column, how }) => inputField(datasets.get(alias), column, how))
  const fields = [...columns].map(([name, all]) => [name, { inputFields: inputFields(all) }] as const)
  return facet('ColumnLineageDatasetFacet', { fields: Object.fromEntries(fields), dataset: inputFields(rows) })
}

const inputField = (
  dataset: DatasetName | undefined,
  field: string,
  how: readonly (Derivation | RowInfluence)[],
): Facet => ({ ...dataset, field, transformations: how.map((way) => TRANSFORMATIONS[way]) })

/** The results of all checks of a table. `failed` are those that rows failed. */
export function qualityFacets(asset: ResolvedTable, rows: number | null, failed: readonly FailedCheck[]): Facets {
  const described = describeChecks(asset)
  // Checks of every column, such as that it is not null, are reported only if they fail.
  const others = failed
    .filter((result) => !described.some((check) => describes(check, result.check)))
    .map(({ check }) => check)
  const assertions = [...described, ...others].map((check) => {
    const result = failed.find((one) => describes(check, one.check))
    const found = result && { severity: result.severity, actual: counted(result.rows, 'row'), expected: '0 rows' }
    return { assertion: check, success: result === undefined, ...found }
  })
  return {
    dataQualityAssertions: facet('DataQualityAssertionsDatasetFacet', { assertions }),
    dataQualityMetrics: facet('DataQualityMetricsInputDatasetFacet', {
      columnMetrics: {},
      ...(rows !== null && { rowCount: rows }),
    }),
  }
}
