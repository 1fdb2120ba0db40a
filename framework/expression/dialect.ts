/** Describes how one engine's SQL differs from another's, apart from functions. */
import type { DialectName } from './expression.ts'
import type { ValueType } from './value-type.ts'

export interface SqlDialect {
  readonly name: DialectName
  readonly quote: '"' | '`'
  /** Writes a text constant. */
  text(value: string): string
  /** Writes a timestamp constant, given in ISO 8601 with a Z. */
  timestamp(iso: string): string
  /** Writes a constant of bytes, given as base64. */
  binary(base64: string): string
  typeName(type: ValueType): string
}
