/** Derives the type of a setting from its zod schema, so that each setting is declared once. */
import type * as z from 'zod'

/**
 * What a schema accepts, readonly at every level. A field that is left out is missing, never
 * undefined.
 */
export type Described<Schema extends z.ZodType> = Frozen<z.output<Schema>>

type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Frozen<Exclude<Value[Key], undefined>> }
    : Value
