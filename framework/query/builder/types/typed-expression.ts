/** Types of expressions. */
import type { OperationNode } from 'kysely'

/** An expression of a type of kinds.ts, with null if its value can be null. */
export interface Expr<out Type> {
  readonly expressionType: Type | undefined
  toOperationNode(): OperationNode
  as<const Alias extends string>(alias: Alias): Aliased<Type, Alias>
  /**
   * The same expression with a type without null. Use it if you know that the value is never null
   * and the types do not.
   */
  $notNull(): Expr<Exclude<Type, null>>
}

/** An expression with a name: an output. */
export interface Aliased<out Type, out Alias extends string> {
  readonly expression: { readonly expressionType: Type | undefined }
  readonly alias: Alias
  toOperationNode(): OperationNode
}

/** Several rows for a row. It is an output, and no part of an expression. */
export interface Series<out Type> {
  as<const Alias extends string>(alias: Alias): Aliased<Type, Alias>
}
