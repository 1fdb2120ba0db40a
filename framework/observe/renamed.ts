/** Assets that had another key before: where their tables are, and what others have recorded of them. */
import { copyProgress, type TableCopy } from '../delta/copy-table.ts'
import { referenceWords } from '../graph/describe-checks.ts'
import type { ResolvedTable } from '../graph/resolved-asset.ts'
import type { Storage } from '../storage/storage.ts'
import type { Observation } from './observation.ts'
import { type KeyChange, type Provenance, underKey } from './provenance.ts'

/** What still stands under the key that an asset had before. */
export interface FormerTable {
  readonly key: string
  /**
   * It is `to-move`, all of it or the rest; it was `moved`, and what is left of it is to be removed; or it is a table `apart`, for the asset has
   * another one under its own key.
   */
  readonly kind: 'to-move' | 'moved' | 'apart'
}

export function tableCopy(storage: Storage, change: KeyChange): TableCopy {
  return { storage, ...change, rewrite: (lake) => underKey(lake, change) }
}

/** Undefined where there is nothing, as once the table has been moved. */
export async function formerTable(lake: Storage, { from, to }: KeyChange): Promise<FormerTable | undefined> {
  const progress = await copyProgress(tableCopy(lake, { from, to }))
  switch (progress) {
    case 'nothing':
      return undefined
    case 'ahead':
    case 'begun':
      return { key: from, kind: 'to-move' }
    case 'done':
      return { key: from, kind: 'moved' }
    case 'apart':
      return { key: from, kind: 'apart' }
  }
}

/** The key that the table is moved from, or whose rest is removed. */
export const movedKey = ({ former }: Pick<Observation, 'former'>): string | undefined =>
  former && former.kind !== 'apart' ? former.key : undefined

/** What people should know of a table that was renamed, though it makes nothing stale. */
export function renamedWarnings({ key, former, renamed = [] }: Observation): readonly string[] {
  const others = renamed.map(({ from, to }) => `its upstream ${from} is called ${to} now, which the next run records`)
  return former ? [formerWarning(key, former), ...others] : others
}

function formerWarning(key: string, { kind, key: from }: FormerTable): string {
  switch (kind) {
    case 'to-move':
      return `it is moved from ${from} by the next run`
    case 'moved':
      return `it was moved from ${from}, and the next run removes the rest of that`
    case 'apart':
      return (
        `it was formerly ${from}, and both tables stand: lake overwrites neither, and goes on with ${key}. lake drop ${from} removes the other one; ` +
        `or, to have that one moved, take the directory ${key} out of the lake first`
      )
  }
}

/** What a table recorded under keys that others had before, as it would have recorded it by the keys that they have now. */
export interface PresentKeys {
  readonly provenance: Provenance
  /** The keys that were other ones. */
  readonly renamed: readonly KeyChange[]
}

/**
 * What was read is the same under whichever name. The code is taken for the one that is declared now only where it is the same but for the names.
 */
export function underPresentKeys(asset: ResolvedTable, provenance: Provenance): PresentKeys {
  const { inputs, referenced, code, checked } = provenance
  const named = [
    ...asset.upstream.map((use) => ({ ...changeOf(use.key, use.formerly), recorded: inputs })),
    ...asset.references.map((use) => ({ ...changeOf(use.asset, use.formerly), recorded: referenced ?? {} })),
  ]
  const former = new Map(
    named.flatMap(({ from, to, recorded }) => (isRecordedAs(recorded, { from, to }) ? [[to, from] as const] : [])),
  )
  if (former.size === 0) return { provenance, renamed: [] }
  const before = asset.codeUnder((key) => former.get(key) ?? key)
  const isSame = (part: 'version' | 'query' | 'checks') => code[part] === before[part] && { [part]: asset.code[part] }
  const words = new Map(
    asset.references.flatMap((reference) => {
      const key = former.get(reference.asset)
      return key === undefined ? [] : [[referenceWords(reference, key), referenceWords(reference, reference.asset)]]
    }),
  )
  return {
    provenance: {
      ...provenance,
      code: { ...code, ...isSame('version'), ...isSame('query'), ...isSame('checks') },
      inputs: renamedIn(inputs, former),
      ...(referenced && { referenced: renamedIn(referenced, former) }),
      ...(checked && { checked: { ...checked, passed: checked.passed.map((check) => words.get(check) ?? check) } }),
    },
    renamed: [...former].map(([to, from]) => ({ from, to })),
  }
}

const changeOf = (to: string, formerly: string | undefined): KeyChange => ({ from: formerly ?? to, to })

const isRecordedAs = (recorded: Provenance['inputs'], { from, to }: KeyChange): boolean =>
  Object.hasOwn(recorded, from) && !Object.hasOwn(recorded, to)

function renamedIn(recorded: Provenance['inputs'], former: ReadonlyMap<string, string>): Provenance['inputs'] {
  const present = new Map([...former].map(([to, from]) => [from, to]))
  return Object.fromEntries(Object.entries(recorded).map(([key, version]) => [present.get(key) ?? key, version]))
}
