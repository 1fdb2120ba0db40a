/** Exports the public API: everything that assets/ and config/ import as `lake`. */
import { loadOnce } from './declare/one-copy.ts'

export { type Check, nullShareLikeBefore, references, rowCountLikeBefore, sqlCheck } from './declare/checks.ts'
export {
  array,
  bigint,
  binary,
  boolean,
  date,
  decimal,
  double,
  emptyAsNull,
  int,
  json,
  map,
  oneOf,
  struct,
  text,
  timestamp,
} from './declare/columns.ts'
export { type Asset, defineAsset, defineSource, type Queries, type RowOf } from './declare/definition.ts'
export {
  csv,
  delta,
  type FileFormat,
  jsonDocuments,
  jsonLines,
  parquet,
  textLines,
} from './declare/format/file-format.ts'
export { byKey, byPartition, type Incremental } from './declare/incremental.ts'
export { defineConfig, type Profile, type ProjectConfig } from './declare/project.ts'
export type { CodeContext, GivenRow, RowBatch, RowsContext, RowsMode } from './declare/rows/rows-from-code.ts'
export type { Duration } from './declare/runs/duration.ts'
export { env } from './declare/runs/environment.ts'
export type { Freshness, Retries } from './declare/runs/expectations.ts'
export {
  type BrokenCheck,
  type FailedAsset,
  type FinishedRun,
  type Hook,
  webhook,
} from './declare/runs/hooks.ts'
export { openLineage } from './declare/runs/lineage.ts'
export type { Schedule, SchedulerSettings } from './declare/runs/schedule.ts'
export type { Lake, LakeSnapshot, SnapshotOptions, SnapshotVersion } from './read/lake.ts'
export type { LakeTable } from './read/lake-table.ts'
export { openLake } from './read/open-lake.ts'
export { type FixtureRow, type Fixtures, testAsset } from './testing/test-asset.ts'

loadOnce(import.meta.url)
