/** What queries have to know of the schemas that declare columns: their types, for the compiler and for the query tree. */
import * as z from 'zod'

declare const queryType: unique symbol

/** What a column is in queries; no schema has it when the program runs. */
export interface InQueries<Type> {
  readonly [queryType]: Type
}

/** The type that a declared column has in queries. */
export type QueryType<Schema> =
  Schema extends InQueries<infer Type>
    ? Type
    : Schema extends z.ZodNullable<infer Inner>
      ? QueryType<Inner> | null
      : unknown

/** The name of the type by the schema that has it, such as `decimal(10,2)`. The functions that declare columns fill it. */
export const typeNames = z.registry<{ readonly name: string }>()

export interface DeclaredType {
  readonly name: string
  readonly nullable: boolean
}

/** Undefined where the schema is not that of a column. */
export function declaredType(declared: z.ZodType): DeclaredType | undefined {
  let schema = declared
  while (schema instanceof z.ZodNullable) schema = schema.unwrap() as z.ZodType
  const entry = typeNames.get(schema)
  return entry && { name: entry.name, nullable: schema !== declared }
}
