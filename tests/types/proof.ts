/** Proves types to the compiler. */
import type { Rows } from '../../framework/query/builder/types/rows.ts'

/** Whether two types are the same. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** The row type of a query. */
export type OutputOf<Query> = Query extends Rows<infer Output> ? Output : never
/** Compiles only if the type argument is true. */
export const proof = <_Holds extends true>() => undefined
