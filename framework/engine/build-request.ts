/** Declares the requests to build a table and to check one, and the result of a build. */
import type { ResolvedTable } from '../graph/resolved-asset.ts'
import type { CheckFailure } from './check-failure.ts'
import type { InputTable, WrittenFile } from './data-file.ts'

export interface BuildRequest {
  readonly asset: ResolvedTable
  /** Alias -> the version of the upstream that the query reads. */
  readonly inputs: ReadonlyMap<string, InputTable>
  /** How many rows the inputs have together, if it is known. */
  readonly inputRows?: number
  /** Key -> the version of an asset that a `references` check reads. */
  readonly referenced: ReadonlyMap<string, InputTable>
  /** Number of partitions of the version that the build replaces; missing if the table is new. */
  readonly partitions?: number
  /** An existing empty local directory; the files are written there. */
  readonly directory: string
  readonly signal: AbortSignal
  /** Called from time to time with the progress of the query or of the checks, if it is known. */
  readonly progress?: (progress: BuildProgress) => void
}

/** `rows` are an estimate of the engine: those that pass through the operators of a query. */
interface BuildProgress {
  readonly done: number
  readonly total: number
  readonly unit: 'rows' | 'tasks'
  readonly phase?: 'query' | 'checks'
}

export interface BuildResult {
  readonly files: readonly WrittenFile[]
  readonly checks: readonly CheckFailure[]
}

export interface CheckRequest {
  readonly asset: ResolvedTable
  /** The version whose rows are checked. */
  readonly current: InputTable
  /** Key -> the version of an asset that a `references` check reads. */
  readonly referenced: ReadonlyMap<string, InputTable>
  readonly signal: AbortSignal
}
