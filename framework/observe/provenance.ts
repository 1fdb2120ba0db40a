import * as z from 'zod'
import type { AssetCode } from '../graph/code-version.ts'
import { type Fingerprint, fingerprintSchema } from './fingerprint.ts'

/**
 * What a table version was made from. It stands in the commit that publishes the version (`commitInfo.lake`), so it cannot drift
 * from the data. Every commit carries all of it: the newest commit alone tells what stands.
 */
export interface Provenance {
  readonly format: typeof FORMAT
  readonly runId: string
  readonly engine: string
  /** When the run loaded the code. ISO 8601, UTC. Not known of versions by programs that did not record it. */
  readonly loadedAt?: string
  readonly code: AssetCode
  /** All rows of the table. */
  readonly content: Fingerprint
  /**
   * The version before, and what its content is by the algorithm of `content`, where that is another than its own: so what was read of it can be
   * compared, though another engine writes now.
   */
  readonly before?: InputVersion
  readonly partitions: number
  /** Upstream key -> the version that was read, and the content of the columns that the query reads. */
  readonly inputs: Readonly<Record<string, InputVersion>>
  /** Key of an asset that the rows were checked against -> its version, and the content of its column that they refer to. */
  readonly referenced?: Readonly<Record<string, InputVersion>>
  readonly source?: SourceState
  /** What the rows were checked for; absent for a source, and where an older lake wrote the version. */
  readonly checked?: CheckedRows
}

export interface CheckedRows {
  /** The checks that the rows have passed, a warning apart, in the words of `checkWords`. */
  readonly passed: readonly string[]
  /** Checks of severity `warn` that rows do not pass. */
  readonly warnings: readonly CheckWarning[]
}

export interface CheckWarning {
  readonly check: string
  /** So many when the check last looked at all rows, and those that increments have added since. */
  readonly rows: number
}

export interface InputVersion {
  readonly version: number
  readonly content: Fingerprint
  /** When that version was committed. ISO 8601, UTC. Not known of what an older lake has read. */
  readonly committedAt?: string
}

/** What a source was read from. */
export interface SourceState {
  /** Where the list of its files is kept, relative to the lake; see ingest/manifest.ts. */
  readonly manifest: string
  /** Where its refused lines are kept, relative to the lake; none where none was refused. */
  readonly rejects?: string
  readonly files: number
  /** Rows and rejects; blank lines aside. */
  readonly lines: number
  readonly rejected: number
  /** The run that last read all of the files. Since then rows changed only where the list of files did. */
  readonly readBy?: string
}

/** A name that no path can climb by, and that shows as it is. */
const runName = z.string().regex(/^[\w-]{1,100}$/)

/** The files of a source's manifest and rejects: nothing else is read or cleared away because a commit names it. */
const MANIFEST = /^_lake\/sources\/(\w+)\/manifest-[\w-]+\.json\.gz$/
const REJECTS = /^_lake\/sources\/(\w+)\/rejects-[\w-]+\.ndjson\.gz$/

const count = z.int().min(0)

const inputSchema = z.looseObject({
  version: count,
  content: fingerprintSchema,
  committedAt: z.iso.datetime().optional(),
})

/** The form that this version of lake writes and reads. */
export const FORMAT = 1

/** Fields that another version of lake has added are kept. */
const schema = z.looseObject({
  format: z.literal(FORMAT),
  runId: runName,
  engine: z.string().max(1_000),
  loadedAt: z.iso.datetime().optional(),
  code: z.looseObject({
    version: z.string(),
    query: z.string(),
    columns: z.array(z.string()),
    partitionBy: z.array(z.string()),
    checks: z.string().optional(),
  }),
  content: fingerprintSchema,
  before: inputSchema.optional(),
  partitions: count,
  inputs: z.record(z.string(), inputSchema),
  referenced: z.record(z.string(), inputSchema).optional(),
  source: z
    .looseObject({
      manifest: z.string().regex(MANIFEST),
      rejects: z.string().regex(REJECTS).optional(),
      files: count,
      lines: count,
      rejected: count,
      readBy: runName.optional(),
    })
    .optional(),
  checked: z
    .looseObject({
      passed: z.array(z.string()),
      warnings: z.array(z.looseObject({ check: z.string(), rows: count })),
    })
    .optional(),
})

export type StoredProvenance =
  | { readonly kind: 'read'; readonly provenance: Provenance }
  /** Another program wrote the commit. */
  | { readonly kind: 'foreign' }
  /** A later version of lake wrote the commit. */
  | { readonly kind: 'later'; readonly format: number }
  | { readonly kind: 'damaged'; readonly why: string }

/** The provenance in a commit's `lake` field, which anybody who can write to the lake may have written. */
export function readProvenance(lake: unknown): StoredProvenance {
  if (typeof lake !== 'object' || lake === null || !('format' in lake)) return { kind: 'foreign' }
  const { format } = lake
  if (typeof format !== 'number' || format < FORMAT) return { kind: 'foreign' }
  if (format > FORMAT) return { kind: 'later', format }
  const parsed = schema.safeParse(lake)
  if (parsed.success) return { kind: 'read', provenance: parsed.data as unknown as Provenance }
  const [issue] = parsed.error.issues
  return { kind: 'damaged', why: `${issue?.path.join('.')}: ${issue?.message}` }
}

/** The same, or undefined where another program or a later lake wrote the commit, or it is damaged. */
export function parseProvenance(lake: unknown): Provenance | undefined {
  const read = readProvenance(lake)
  return read.kind === 'read' ? read.provenance : undefined
}

/** What was read of an upstream; undefined where it was not read. An asset may be called `constructor`. */
export function inputOf(inputs: Provenance['inputs'], key: string): InputVersion | undefined {
  return Object.hasOwn(inputs, key) ? inputs[key] : undefined
}

/**
 * What the commits of a table say once it has moved to another key: a source's list of files and its refused lines move with it. `made` is what
 * a commit has in `lake`, read by its schema or not.
 */
export function underKey<Made>(made: Made, { from, to }: KeyChange): Made {
  const { source } = (made ?? {}) as { readonly source?: Readonly<Record<string, unknown>> }
  if (typeof source !== 'object' || source === null) return made
  const own = `${sourceDirectory(from)}/`
  const moved = ['manifest', 'rejects'].flatMap((name) => {
    const path = source[name]
    const isOwn = typeof path === 'string' && path.startsWith(own)
    return isOwn ? [[name, `${sourceDirectory(to)}/${path.slice(own.length)}`] as const] : []
  })
  return moved.length === 0 ? made : { ...made, source: { ...source, ...Object.fromEntries(moved) } }
}

export interface KeyChange {
  readonly from: string
  readonly to: string
}

/** Where a source's lists of files and refused lines are, relative to the lake. */
export const sourceDirectory = (key: string): string => `_lake/sources/${key}`

/** The files of the lake that the source's state names, of those that are the source's own. */
export function sourceFilesOf(key: string, { source }: Pick<Provenance, 'source'>): readonly string[] {
  return [source?.manifest, source?.rejects].flatMap((path) => (path?.startsWith(`_lake/sources/${key}/`) ? path : []))
}
