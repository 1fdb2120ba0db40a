/** Stores what each version of a table was made from. */
import * as z from 'zod'
import { findCommitInfo } from '../delta/log/log.ts'
import type { AssetCode } from '../graph/code-version.ts'
import { type KeyDrift, MAX_DRIFTED } from '../ingest/keys/key-drift.ts'
import { sourceDirectory } from '../ingest/source-directory.ts'
import { type Refusal, refused } from '../refusal.ts'
import type { Storage } from '../storage/storage.ts'
import { type Fingerprint, fingerprintSchema } from './fingerprint.ts'
import type { RefreshSample } from './refresh-sample.ts'

/**
 * What a version of a table was made from. It is in the commit that publishes the version
 * (`commitInfo.lake`), so it always matches the data. Every commit has all of it, so the newest
 * commit alone describes the current state.
 */
export interface Provenance {
  readonly format: typeof FORMAT
  readonly runId: string
  readonly engine: string
  /** When the run loaded the code: ISO 8601, UTC. Undefined for versions of an older lake. */
  readonly loadedAt?: string
  readonly code: AssetCode
  /** The fingerprint of all rows of the table. */
  readonly content: Fingerprint
  /**
   * The previous version, with its content by the algorithm of `content`. Only set if that
   * algorithm differs from the previous version's own. Then a downstream that read the previous
   * version can be compared although another engine writes now.
   */
  readonly before?: InputVersion
  readonly partitions: number
  /** Whether the table's protocol allows deletion vectors. Missing: no. */
  readonly deletionVectors?: boolean
  /**
   * Upstream key -> the version that the query read, and the content of the columns that it reads.
   */
  readonly inputs: Readonly<Record<string, InputVersion>>
  /**
   * Key of an asset that the rows refer to -> its version when the rows were checked, and the
   * content of the referenced column.
   */
  readonly referenced?: Readonly<Record<string, InputVersion>>
  readonly source?: SourceState
  /** The checks of the rows; undefined for a source and for versions of an older lake. */
  readonly checked?: CheckedRows
  /** Column -> number of nulls, for the columns that a check compares with earlier versions. */
  readonly nulls?: Readonly<Record<string, number>>
  /** How long the last refreshes took. Undefined for small tables and versions of an older lake. */
  readonly refreshes?: readonly RefreshSample[]
}

export interface CheckedRows {
  /**
   * The checks that the rows have passed, or failed only with a warning, each as `describeChecks`
   * describes it.
   */
  readonly passed: readonly string[]
  /** The failed checks of severity `warn`. */
  readonly warnings: readonly CheckWarning[]
}

export interface CheckWarning {
  readonly check: string
  /**
   * Number of failing rows: those that the last check of all rows found, and those that later
   * increments have added.
   */
  readonly rows: number
  /** Says why it fails, if not because of single rows. */
  readonly explanation?: string
}

export interface InputVersion {
  readonly version: number
  readonly content: Fingerprint
  /** When that version was committed: ISO 8601, UTC. Undefined if an older lake read it. */
  readonly committedAt?: string
}

/** What a source was read from. */
export interface SourceState {
  /**
   * The path of the list of its files, relative to the lake; see ingest/manifest.ts. Undefined for
   * rows from code.
   */
  readonly manifest?: string
  /** The path of its rejected lines, relative to the lake; undefined if there are none. */
  readonly rejects?: string
  readonly files: number
  /** Number of rows and rejected lines, without blank lines. */
  readonly lines: number
  readonly rejected: number
  /**
   * The last run that read all files. Since that run, the rows changed only if the list of files
   * changed.
   */
  readonly readBy?: string
  /** How the keys of its rows differ from its columns; undefined if they were not counted. */
  readonly drift?: KeyDrift
  /** Present if code gave the rows. */
  readonly rows?: RowsState
  /** The Delta table that was read. Undefined for sources of other formats. */
  readonly table?: TableRead
}

/** The version of another program's Delta table that a source was read from. */
export interface TableRead {
  /** The id of the table. A table that is created anew has a new id. */
  readonly id: string
  readonly version: number
}

/** How far code has given the rows of a source. */
export interface RowsState {
  /** Where the next read begins, as the text of JSON. Undefined: at the start. */
  readonly cursor?: string
  /** When the last read began: ISO 8601, UTC. */
  readonly readAt: string
  /** Whether the last read came to its end. If not, it ended after a checkpoint. */
  readonly complete: boolean
  /** What the version function returned before the last read. */
  readonly version?: string
}

/** Maximum length of a cursor as the text of JSON, in characters. */
export const MAX_CURSOR = 65_536

/** The id of a run. It cannot lead out of a directory, and is printable. */
const runName = z.string().regex(/^[\w-]{1,100}$/)

/**
 * The paths of manifests and rejected lines. A commit cannot make lake read or delete any other
 * file.
 */
const MANIFEST = /^_lake\/sources\/(\w+)\/manifest-[\w-]+\.json\.gz$/
const REJECTS = /^_lake\/sources\/(\w+)\/rejects-[\w-]+\.ndjson\.gz$/

const count = z.int().min(0)

const MOST_SAMPLES = 100

const name = z.string().max(1_000)

const driftSchema = z.looseObject({
  files: count,
  rows: count,
  unknown: z
    .array(z.looseObject({ key: name, rows: count, file: z.string(), example: name, like: name.exactOptional() }))
    .max(MAX_DRIFTED),
  unnamed: count,
  more: count,
  bare: count,
  absent: z.array(z.looseObject({ column: name, since: z.enum(['always', 'last-read']) })),
})

const rowsSchema = z.looseObject({
  cursor: z.string().max(MAX_CURSOR).exactOptional(),
  readAt: z.iso.datetime(),
  complete: z.boolean(),
  version: name.exactOptional(),
})

const inputSchema = z.looseObject({
  version: count,
  content: fingerprintSchema,
  committedAt: z.iso.datetime().exactOptional(),
})

/** The format that this version of lake writes and reads. */
export const FORMAT = 1

/** Keeps fields that another version of lake has added. */
const schema = z.looseObject({
  format: z.literal(FORMAT),
  runId: runName,
  engine: z.string().max(1_000),
  loadedAt: z.iso.datetime().exactOptional(),
  code: z.looseObject({
    version: z.string(),
    query: z.string(),
    columns: z.array(z.string()),
    partitionBy: z.array(z.string()),
    checks: z.string().exactOptional(),
  }),
  content: fingerprintSchema,
  before: inputSchema.exactOptional(),
  partitions: count,
  deletionVectors: z.boolean().exactOptional(),
  inputs: z.record(z.string(), inputSchema),
  referenced: z.record(z.string(), inputSchema).exactOptional(),
  source: z
    .looseObject({
      manifest: z.string().regex(MANIFEST).exactOptional(),
      rejects: z.string().regex(REJECTS).exactOptional(),
      files: count,
      lines: count,
      rejected: count,
      readBy: runName.exactOptional(),
      drift: driftSchema.exactOptional(),
      rows: rowsSchema.exactOptional(),
      table: z.looseObject({ id: name, version: count }).exactOptional(),
    })
    .exactOptional(),
  checked: z
    .looseObject({
      passed: z.array(z.string()),
      warnings: z.array(z.looseObject({ check: z.string(), rows: count, explanation: z.string().exactOptional() })),
    })
    .exactOptional(),
  nulls: z.record(z.string(), count).exactOptional(),
  refreshes: z
    .array(
      z.looseObject({
        mode: z.enum(['follow', 'rebuild']),
        engine: z.string().max(1_000),
        visits: count,
        milliseconds: z.number().min(0),
      }),
    )
    .max(MOST_SAMPLES)
    .exactOptional(),
})

export type StoredProvenance =
  | { readonly kind: 'read'; readonly provenance: Provenance }
  /** Another program wrote the commit. */
  | { readonly kind: 'foreign' }
  /** A later version of lake wrote the commit. */
  | { readonly kind: 'later'; readonly format: number }
  /** The field is damaged. */
  | Refusal

/** Adds the format, for a commit's `lake` field. */
export const stampProvenance = (provenance: Omit<Provenance, 'format'>): Provenance => ({
  format: FORMAT,
  ...provenance,
})

/** Parses a commit's `lake` field. Anyone who can write to the lake can have written it. */
export function parseProvenance(lake: unknown): StoredProvenance {
  if (typeof lake !== 'object' || lake === null || !('format' in lake)) return { kind: 'foreign' }
  const { format } = lake
  if (typeof format !== 'number' || format < FORMAT) return { kind: 'foreign' }
  if (format > FORMAT) return { kind: 'later', format }
  const parsed = schema.safeParse(lake)
  if (parsed.success) return { kind: 'read', provenance: parsed.data }
  const [issue] = parsed.error.issues
  return refused(`${issue?.path.join('.')}: ${issue?.message}`)
}

/**
 * The provenance in a commit's `lake` field. Undefined if another program or a later lake wrote the
 * commit, or if the field is damaged.
 */
export function knownProvenance(lake: unknown): Provenance | undefined {
  const read = parseProvenance(lake)
  return read.kind === 'read' ? read.provenance : undefined
}

/**
 * The provenance of a version; undefined if the version is missing or lake cannot read its
 * provenance.
 */
export async function readProvenance(lake: Storage, key: string, version: number): Promise<Provenance | undefined> {
  return knownProvenance((await findCommitInfo(lake, key, version))?.lake)
}

/**
 * The recorded version of an upstream; undefined if it was not read. Safe for an asset with the key
 * `constructor`.
 */
export function inputOf(inputs: Provenance['inputs'], key: string): InputVersion | undefined {
  return Object.hasOwn(inputs, key) ? inputs[key] : undefined
}

/**
 * The provenance after its table was moved to another key: the paths of a source's manifest and
 * rejected lines change with it. `lake` is a commit's `lake` field, parsed or not.
 */
export function underKey<Lake>(lake: Lake, { from, to }: KeyChange): Lake {
  const { source } = (lake ?? {}) as { readonly source?: Readonly<Record<string, unknown>> }
  if (typeof source !== 'object' || source === null) return lake
  const own = `${sourceDirectory(from)}/`
  const moved = ['manifest', 'rejects'].flatMap((name) => {
    const path = source[name]
    const isOwn = typeof path === 'string' && path.startsWith(own)
    return isOwn ? [[name, `${sourceDirectory(to)}/${path.slice(own.length)}`] as const] : []
  })
  return moved.length === 0 ? lake : { ...lake, source: { ...source, ...Object.fromEntries(moved) } }
}

export interface KeyChange {
  readonly from: string
  readonly to: string
}

/**
 * The manifest and rejected lines that the source's state names, without files of other sources.
 */
export function sourceFilesOf(key: string, { source }: Pick<Provenance, 'source'>): readonly string[] {
  return [source?.manifest, source?.rejects].flatMap((path) =>
    path?.startsWith(`${sourceDirectory(key)}/`) ? path : [],
  )
}
