/** Reads untrusted JSON documents of a lake by a schema and a maximum size. */
import type * as z from 'zod'
import { type Refusal, refused } from '../refusal.ts'
import { printableLine } from '../text/printable.ts'
import type { Storage } from './storage.ts'
import { TooLarge } from './storage-error.ts'

/** The requirements for a document. */
export interface DocumentFormat<Value> {
  readonly schema: z.ZodType<Value>
  /** Maximum size, in bytes. A larger file counts as damaged. */
  readonly mostBytes: number
}

export type StoredDocument<Value> =
  | { readonly kind: 'read'; readonly value: Value }
  | { readonly kind: 'absent' }
  /** The document is damaged. `reason` names the file and says what is wrong with it. */
  | Refusal

/** Reads one document. Throws only if the storage fails; damaged content is a value. */
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
    if (error instanceof TooLarge) return refused(error.message)
    throw error
  }
}

/** Parses the text of a document. `location` is only for messages. */
export function parseDocument<Value>(
  location: string,
  text: string,
  schema: z.ZodType<Value>,
): Exclude<StoredDocument<Value>, { kind: 'absent' }> {
  const json = parseJson(text)
  if (json === undefined) return refused(`${location} is not JSON`)
  const parsed = schema.safeParse(json.value)
  if (parsed.success) return { kind: 'read', value: parsed.data }
  const [issue] = parsed.error.issues
  return refused(
    printableLine(`${location} is not in the format of lake: ${issue?.path.join('.') || 'it'}: ${issue?.message}`),
  )
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}
