/**
 * The functions of queries without types. Tests need them to build trees with Kysely's own types,
 * which do not know the columns.
 */
import type { ExpressionWrapper } from 'kysely'
import { fn as portable } from '../../../framework/query/builder/fn.ts'

export type LooseFunctions = Readonly<
  Record<keyof typeof portable, (...args: readonly unknown[]) => ExpressionWrapper<never, never, never>>
>

export const looseFunctions = portable as unknown as LooseFunctions
