/** Exports the public API: everything that assets/ and config/ import as `lake`. */
import './declare/one-copy.ts'

export { type Check, references, sqlCheck } from './declare/checks.ts'
export { bigint, boolean, date, decimal, double, emptyAsNull, int, oneOf, text, timestamp } from './declare/columns.ts'
export { type Asset, defineAsset, defineSource, type Queries, type RowOf } from './declare/definition.ts'
export { csv, type FileFormat, jsonDocuments, jsonLines, textLines } from './declare/format/file-format.ts'
export { byKey, byPartition, type Incremental } from './declare/incremental.ts'
export { defineConfig, type Profile, type ProjectConfig, type Schedule } from './declare/project.ts'
export { type FixtureRow, type Fixtures, testAsset } from './testing/test-asset.ts'
