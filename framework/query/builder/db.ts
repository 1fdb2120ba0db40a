/**
 * Creates the `db` that queries begin with, and the expression builder of their callbacks. Kysely
 * builds the trees.
 */
import {
  AndWrapper,
  CaseBuilder,
  CaseThenBuilder,
  CaseWhenBuilder,
  ExpressionWrapper,
  expressionBuilder,
  JoinBuilder,
  NOOP_QUERY_EXECUTOR,
  OrWrapper,
  QueryCreator,
} from 'kysely'
import { fn } from './fn.ts'
import type { Db } from './types/select.ts'
import { setExpressionBuilder, wrapBuilder, wrapCallback, wrapClass } from './wrapped.ts'

type Call = (...args: unknown[]) => unknown

const creator = new QueryCreator<Record<string, object>>({ executor: NOOP_QUERY_EXECUTOR })

/** Kysely does not export the class of its select builder. */
const SelectQueryBuilder = creator.selectFrom('any').constructor

for (const builder of [QueryCreator, SelectQueryBuilder, JoinBuilder, CaseBuilder, CaseThenBuilder, CaseWhenBuilder]) {
  wrapClass(builder as { readonly prototype: object })
}
for (const wrapper of [ExpressionWrapper, AndWrapper, OrWrapper]) wrapClass(wrapper)

/** Kysely's expression builder with lake's builders and functions. */
function wrappedExpressionBuilder() {
  const kysely = expressionBuilder<Record<string, never>, never>() as unknown as Call & Record<string, Call>
  const wrapped =
    (call: Call): Call =>
    (...args) =>
      wrapBuilder(call(...args.map(wrapCallback)))
  const members = Object.entries(kysely).map(([name, call]) => [name, wrapped(call)] as const)
  const eb = Object.assign(wrapped(kysely), Object.fromEntries(members), { fn })
  return Object.assign(eb, { eb })
}

setExpressionBuilder(wrappedExpressionBuilder())

/**
 * The query builder of all projects. At run time it knows nothing of their tables; the types do.
 */
export const db = wrapBuilder(creator) as Db<never>
