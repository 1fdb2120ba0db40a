/** What tells the SQL of one engine from that of another, besides its functions. */
import type { DialectName } from './expression.ts'
import type { ValueType } from './value-type.ts'

export interface SqlDialect {
  readonly name: DialectName
  readonly quote: '"' | '`'
  /** A text constant. */
  text(value: string): string
  /** A moment, given in ISO 8601 with a Z. */
  timestamp(iso: string): string
  typeName(type: ValueType): string
}
