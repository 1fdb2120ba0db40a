/** A column that a table or a query gives. `read` says that its value counts. */
export interface Output {
  readonly name: string
  read(): void
}

/** In the order of the columns. */
export type Outputs = readonly Output[]

/** A table, view or subquery under the name that FROM gives it. */
export interface FromItem {
  readonly alias: string
  readonly outputs: Outputs
}

/** What names mean inside one SELECT; filled while its FROM and its selections are looked at. */
export interface Scope {
  /** What FROM can name, by name in lower case: the upstreams, and the WITH queries so far. */
  readonly tables: Map<string, Outputs>
  readonly from: FromItem[]
  readonly outputs: Output[]
  readonly outer: Scope | undefined
  /** Says that any column of any upstream may count. */
  readonly readEverything: () => void
}

export function innerScope(outer: Scope): Scope {
  return { ...outer, tables: new Map(outer.tables), from: [], outputs: [], outer }
}

/** For clauses in which names may mean the SELECT's outputs even where its FROM has such columns: ORDER BY, and in some engines others. */
export function withOutputs(scope: Scope): Scope {
  return { ...scope, from: [...scope.from, { alias: '', outputs: scope.outputs }] }
}

/** For the expression of an output, in which the output's own name means something else. */
export function withoutOutput(name: string, scope: Scope): Scope {
  return { ...scope, outputs: scope.outputs.filter((output) => !sameName(output.name, name)) }
}

/** What an unqualified name may mean. */
export const columnsNamed = (name: string, scope: Scope): Outputs =>
  lookUp(scope, (items) => named(name, outputsOf(items)))

/** The columns of all that an alias may mean. */
export const columnsOf = (alias: string, scope: Scope): Outputs =>
  lookUp(scope, (items) => outputsOf(items.filter((item) => sameName(item.alias, alias))))

/** What the SELECT's own FROM gives hides all else. */
function lookUp(scope: Scope, find: (items: readonly FromItem[]) => Outputs): Outputs {
  const own = find(scope.from)
  return own.length > 0 ? own : find(around(scope))
}

/**
 * The SELECT's own outputs, which engines let it name in more places than the standard does, and what stands around it: SELECTs that
 * it is correlated with, tables beside it in the same FROM.
 */
function around({ outputs, outer }: Scope): readonly FromItem[] {
  return outer ? [{ alias: '', outputs }, ...outer.from, ...around(outer)] : []
}

export const named = (name: string, outputs: Outputs): Outputs =>
  outputs.filter((output) => sameName(output.name, name))

export const outputsOf = (items: readonly FromItem[]): Outputs => items.flatMap(({ outputs }) => outputs)

/** Engines take names that differ in case for one. */
export const foldName = (name: string): string => name.toLowerCase()

const sameName = (left: string, right: string) => foldName(left) === foldName(right)
