/** Reads JSON documents that stand in a lake: anybody who can write to the lake may have written them, so each has a schema and a size. */
import type * as z from 'zod'
import { printableLine } from '../text/printable.ts'
import type { Storage } from './storage.ts'
import { TooLarge } from './storage-error.ts'

/** What a document has to be. */
export interface DocumentFormat<Value> {
  readonly schema: z.ZodType<Value>
  /** A larger file is damaged. */
  readonly mostBytes: number
}

export type StoredDocument<Value> =
  | { readonly kind: 'read'; readonly value: Value }
  | { readonly kind: 'absent' }
  /** `why` names the file. */
  | { readonly kind: 'damaged'; readonly why: string }

/** Reads one document. A failure of the storage itself is thrown; what stands in the file is never an error. */
export async function readDocument<Value>(
  storage: Storage,
  path: string,
  { schema, mostBytes }: DocumentFormat<Value>,
): Promise<StoredDocument<Value>> {
  try {
    const stored = await storage.read(path, mostBytes)
    if (!stored) return { kind: 'absent' }
    return parseDocument(storage.locate(path), Buffer.from(stored.body).toString('utf8'), schema)
  } catch (error) {
    if (error instanceof TooLarge) return { kind: 'damaged', why: error.message }
    throw error
  }
}

/** The value of the text. `location` is only named. */
export function parseDocument<Value>(
  location: string,
  text: string,
  schema: z.ZodType<Value>,
): Exclude<StoredDocument<Value>, { kind: 'absent' }> {
  const json = parseJson(text)
  if (json === undefined) return { kind: 'damaged', why: `${location} is not JSON` }
  const parsed = schema.safeParse(json.value)
  if (parsed.success) return { kind: 'read', value: parsed.data }
  const [issue] = parsed.error.issues
  return {
    kind: 'damaged',
    why: printableLine(`${location} is not as lake writes it: ${issue?.path.join('.') || 'it'}: ${issue?.message}`),
  }
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}
