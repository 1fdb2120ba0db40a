/** Finds the tables of renamed assets, and adapts provenance to their current keys. */
import { copyProgress, type TableCopy } from '../delta/copy-table.ts'
import { referenceWords } from '../graph/describe-checks.ts'
import type { ResolvedTable } from '../graph/resolved-asset.ts'
import type { Storage } from '../storage/storage.ts'
import type { FormerTable, Observation } from './observation.ts'
import { type KeyChange, type Provenance, underKey } from './provenance.ts'

export function tableCopy(storage: Storage, change: KeyChange): TableCopy {
  return { storage, ...change, rewrite: (lake) => underKey(lake, change) }
}

/** Undefined if there is no table under the former key, such as after the move. */
export async function formerTable(lake: Storage, { from, to }: KeyChange): Promise<FormerTable | undefined> {
  const progress = await copyProgress(tableCopy(lake, { from, to }))
  switch (progress) {
    case 'no-table':
      return undefined
    case 'not-started':
    case 'started':
      return { key: from, kind: 'to-move' }
    case 'done':
      return { key: from, kind: 'moved' }
    case 'diverged':
      return { key: from, kind: 'apart' }
  }
}

/** The former key, if a run moves its table or removes what is left under it. */
export const movedKey = ({ former }: Pick<Observation, 'former'>): string | undefined =>
  former && former.kind !== 'apart' ? former.key : undefined

/** Warnings about renamed assets, which do not make the table stale. */
export function renamedWarnings({ key, former, renamed = [] }: Observation): readonly string[] {
  const others = renamed.map(({ from, to }) => `its upstream ${from} is called ${to} now, which the next run records`)
  return former ? [formerWarning(key, former), ...others] : others
}

function formerWarning(key: string, { kind, key: from }: FormerTable): string {
  switch (kind) {
    case 'to-move':
      return `it is moved from ${from} by the next run`
    case 'moved':
      return `it was moved from ${from}, and the next run removes what is left there`
    case 'apart':
      return (
        `it was formerly ${from}, and both tables exist: lake uses ${key} and overwrites neither. To remove the other one, run \`lake drop ${from}\`; ` +
        `to have that one moved instead, take the directory ${key} out of the lake first`
      )
  }
}

/** A table's provenance with the current keys of the assets in it. */
interface CurrentKeys {
  readonly provenance: Provenance
  /** The keys that were replaced. */
  readonly renamed: readonly KeyChange[]
}

/**
 * Replaces former keys in a table's provenance by the current ones. Replaces the code by the
 * current code only if the two differ in nothing but these keys.
 */
export function underCurrentKeys(asset: ResolvedTable, provenance: Provenance): CurrentKeys {
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
  const descriptions = new Map(
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
      ...(checked && {
        checked: { ...checked, passed: checked.passed.map((check) => descriptions.get(check) ?? check) },
      }),
    },
    renamed: [...former].map(([to, from]) => ({ from, to })),
  }
}

const changeOf = (to: string, formerly: string | undefined): KeyChange => ({ from: formerly ?? to, to })

const isRecordedAs = (recorded: Provenance['inputs'], { from, to }: KeyChange): boolean =>
  Object.hasOwn(recorded, from) && !Object.hasOwn(recorded, to)

function renamedIn(recorded: Provenance['inputs'], former: ReadonlyMap<string, string>): Provenance['inputs'] {
  const current = new Map([...former].map(([to, from]) => [from, to]))
  return Object.fromEntries(Object.entries(recorded).map(([key, version]) => [current.get(key) ?? key, version]))
}
