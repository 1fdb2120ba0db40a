/** Checks and resolves the `references` checks of a table. */
import { type ColumnSchemas, resolveColumn, typeName } from '../../declare/columns.ts'
import type { Asset, Table } from '../../declare/definition.ts'
import { isNested, nestedName } from '../../expression/value-type.ts'
import type { AssetsByKey } from '../asset-key.ts'
import type { Report } from '../problem.ts'
import type { Reference } from '../resolved-asset.ts'

export function checkReferences(table: Table, assets: AssetsByKey, report: Report): void {
  for (const check of table.checks) {
    if (check.kind !== 'references') continue
    const column = table.columns[check.column]
    const target = assets.get(check.asset)
    if (!column) report(`a check names ${check.column}, which is not a column`, 'name a declared column')
    if (!target) report(`a check refers to ${check.asset}, which is unknown`, 'add it to the assets of the config')
    if (column && target) checkReferencedKey(check.column, target, { column, key: check.key, report })
  }
}

interface ReferenceUse {
  readonly column: ColumnSchemas[string]
  readonly key: string | undefined
  readonly report: Report
}

function checkReferencedKey(name: string, target: Asset, { column, key, report }: ReferenceUse): void {
  const referenced = key ?? referencedKey(target)
  const schema = referenced === undefined ? undefined : target.columns[referenced]
  if (referenced === undefined || !schema) {
    report(`${name} refers to ${target.key}, which has no single key column`, 'name one: references(..., { key })')
    return
  }
  const types = [resolveColumn(name, column)?.type, resolveColumn(referenced, schema)?.type]
  const nested = types.find((type) => type !== undefined && isNested(type))
  if (nested)
    report(`a check of references compares ${name}, which is ${nestedName(nested)}`, 'name a column of scalars')
  const [own, other] = [resolveColumn(name, column)?.type, resolveColumn(referenced, schema)?.type]
  if (own && other && typeName(own) !== typeName(other)) {
    report(
      `${name} is ${typeName(own)}, but it refers to ${target.key}.${referenced}, which is ${typeName(other)}`,
      'give both the same type',
    )
  }
}

/** The column for a `references` check without a key: the primary key, if it is one column. */
function referencedKey(target: Asset): string | undefined {
  const primaryKey = target.kind === 'table' ? target.primaryKey : target.rows?.primaryKey
  return primaryKey?.length === 1 ? primaryKey[0] : undefined
}

export function resolveReferences(table: Table, assets: AssetsByKey): readonly Reference[] {
  return table.checks.flatMap((check) => {
    const target = check.kind === 'references' ? assets.get(check.asset) : undefined
    if (check.kind !== 'references' || !target) return []
    const { column, asset, severity } = check
    return [{ column, asset, formerly: target.formerly, severity, key: check.key ?? referencedKey(target) ?? '' }]
  })
}
