/**
 * Proofs for the compiler: which types of outputs a column accepts. No line below
 * `@ts-expect-error` may compile.
 */
import { bigint, decimal, defineAsset, double, int } from 'lake'
import type { FunctionName } from '../../../framework/query/builder/function-names.ts'
import type { NoScope } from '../../../framework/query/builder/types/scope.ts'
import type { Functions } from '../../../framework/query/builder/types/select.ts'
import { type Equal, proof } from '../proof.ts'
import { plays } from './tables.ts'

const options = { key: 'x', upstream: { plays } } as const

// A column accepts only values that it can hold exactly.
export const wider = defineAsset({
  ...options,
  columns: { a: bigint(), b: double(), c: decimal(12, 0), d: int(), e: decimal(20, 0), f: decimal(3, 1), g: double() },
  query: ({ db }) =>
    db
      .selectFrom('plays')
      .select(['seconds as a', 'seconds as b', 'seconds as c', 'id as d', 'id as e'])
      .select(({ val }) => [val(0.5).as('f'), val(0.5).as('g')]),
})

export const bigintAsDouble = defineAsset({
  ...options,
  columns: { a: double() },
  // @ts-expect-error not every bigint is a double
  query: ({ db }) => db.selectFrom('plays').select('id as a'),
})

export const decimalAsDouble = defineAsset({
  ...options,
  columns: { a: double() },
  // @ts-expect-error a decimal is no double
  query: ({ db }) => db.selectFrom('plays').select('price as a'),
})

export const oneRow = defineAsset({
  ...options,
  columns: { seconds: bigint().nullable() },
  oneRow: true,
  query: ({ db }) => db.selectFrom('plays').select(({ fn }) => fn.sum('seconds').as('seconds')),
})

// The names in the query tree are those of TypeScript.
type Camel<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<Camel<Rest>>}`
  : Name
proof<Equal<Camel<FunctionName>, Exclude<keyof Functions<NoScope>, 'countAll' | 'sqlFor'>>>()
