/** Writes checks of single rows in Spark SQL. */
import { javaPattern } from '../../../expression/functions/text/java-pattern.ts'
import type { ResolvedTable } from '../../../graph/resolved-asset.ts'
import { type CheckDialect, type RowCheck, rowChecksIn } from '../../sql/row-checks.ts'
import { sparkDialect } from './spark-dialect.ts'
import { sparkIdentifier } from './spark-sql.ts'

export type { RowCheck } from '../../sql/row-checks.ts'

const DIALECT: CheckDialect = {
  ...sparkDialect,
  identifier: sparkIdentifier,
  matches: (text, source) => `${text} RLIKE ${sparkDialect.text(javaPattern(source))}`,
}

export const sparkRowChecks = (asset: ResolvedTable): readonly RowCheck[] => rowChecksIn(asset, DIALECT)
