/**
 * Gives queries the types of declared columns, for the TypeScript compiler and for the query tree.
 */
import * as z from 'zod'

declare const queryType: unique symbol

/** Marks a schema with its type in queries. The mark exists for the compiler only. */
export interface InQueries<Type> {
  readonly [queryType]: Type
}

/** A declared column's type in queries. */
export type QueryType<Schema> =
  Schema extends InQueries<infer Type>
    ? Type
    : Schema extends z.ZodNullable<infer Inner>
      ? QueryType<Inner> | null
      : unknown

/**
 * The type name, such as `decimal(10,2)`, of each schema. The functions that declare columns fill
 * it.
 */
export const typeNames = z.registry<{ readonly name: string }>()

export interface DeclaredType {
  readonly name: string
  readonly nullable: boolean
}

/** The type of a column's schema; undefined for any other schema. */
export function declaredType(declared: z.ZodType): DeclaredType | undefined {
  let schema = declared
  while (schema instanceof z.ZodNullable) schema = schema.unwrap() as z.ZodType
  const entry = typeNames.get(schema)
  return entry && { name: entry.name, nullable: schema !== declared }
}
