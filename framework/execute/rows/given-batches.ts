/** Calls the rows function of a source, and checks the batches that it gives. */
import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import type { CodeSource } from '../../declare/definition.ts'
import { LakeError } from '../../errors.ts'
import type { GivenBatch } from '../../ingest/rows/row-packer.ts'
import { MAX_CURSOR } from '../../observe/provenance.ts'
import { codeContext, thrownText, untilAborted } from '../../observe/rows/code-context.ts'
import { printableLine } from '../../text/printable.ts'
import { withoutKnownSecrets } from '../../text/redact.ts'

/** A batch whose cursor, if it has one, is the text of JSON. */
export interface CheckedBatch extends GivenBatch {
  readonly cursor: string | undefined
}

/**
 * Gives the batches of one read, from `cursor` on. The next batch is asked for only when the caller
 * asks for it. Throws `rows-failed`. The error is transient if the function threw, but not if a
 * batch is wrong.
 */
export async function* givenBatches(
  source: CodeSource,
  cursor: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<CheckedBatch, void, undefined> {
  const start = readCursor(source, cursor)
  const given: unknown = await attempt(source, signal, () =>
    source.rows.read({ cursor: start, ...codeContext(source.key, signal) }),
  )
  const batches = iteratorOf(source, given)
  try {
    for (;;) {
      const next = await attempt(source, signal, () => batches.next())
      if (next.done) return
      yield checkedBatch(source, next.value)
    }
  } finally {
    // Lets the function release its resources. The function can ignore its signal, so after an
    // abort this does not wait for it.
    await untilAborted(batches.return?.(), signal).catch(() => undefined)
  }
}

function iteratorOf(source: CodeSource, given: unknown): AsyncIterator<unknown> {
  if (isAsyncIterable(given)) return given[Symbol.asyncIterator]()
  const what = Array.isArray(given) ? 'an array' : given === null ? 'null' : `a value of type ${typeof given}`
  throw mistake(
    source,
    `it gave ${what}, not batches one after another`,
    'write async *rows() { yield { rows: [...] } }, with the asterisk',
  )
}

const isAsyncIterable = (given: unknown): given is AsyncIterable<unknown> =>
  typeof given === 'object' && given !== null && Symbol.asyncIterator in given

async function attempt<Value>(
  { key }: CodeSource,
  signal: AbortSignal,
  work: () => PromiseLike<Value> | Value,
): Promise<Value> {
  try {
    return await untilAborted(work(), signal)
  } catch (error) {
    if (signal.aborted || error instanceof LakeError) throw error
    throw new LakeError('rows-failed', {
      problem: `the rows function of ${key} failed: ${thrownText(error)}`,
      remedy: 'Run the command again: it goes on from the last published cursor. With `retries`, a run does so itself.',
      ...{ asset: key, cause: error, transient: true },
    })
  }
}

const batchSchema = z.strictObject({
  rows: z.array(z.unknown()).optional(),
  deleted: z.array(z.unknown()).optional(),
  cursor: z.unknown().optional(),
})

function checkedBatch(source: CodeSource, given: unknown): CheckedBatch {
  const parsed = batchSchema.safeParse(given)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const path = issue?.path.join('.')
    throw mistake(source, `a batch is wrong: ${path ? `${path}: ` : ''}${issue?.message}`, 'yield { rows, cursor }')
  }
  const { rows = [], deleted = [], cursor } = parsed.data
  if (deleted.length > 0 && source.rows.mode !== 'upsert')
    throw mistake(source, `a batch has deleted keys, but its mode is ${source.rows.mode}`, "declare mode: 'upsert'")
  return { rows, deleted, cursor: cursor === undefined ? undefined : cursorText(source, cursor) }
}

function cursorText(source: CodeSource, cursor: unknown): string {
  const { cursor: schema } = source.rows
  if (!schema)
    throw mistake(
      source,
      'a batch has a cursor, and the source declares none',
      'declare its form: cursor: z.object(...)',
    )
  const parsed = schema.safeParse(cursor)
  if (!parsed.success) throw mistake(source, `a cursor is not as declared: ${issueText(parsed.error)}`, 'correct it')
  const text = attemptJson(cursor)
  if (text === undefined || !isDeepStrictEqual(JSON.parse(text), cursor))
    throw mistake(source, 'a cursor is not a value of JSON', 'write moments and big integers in it as text')
  if (text.length > MAX_CURSOR)
    throw mistake(source, `a cursor has ${text.length} characters`, `keep it within ${MAX_CURSOR}`)
  if (withoutKnownSecrets(text) !== text)
    throw mistake(source, 'a cursor has a secret in it', 'leave the secret out: lake stores cursors as they are')
  return text
}

function attemptJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** Throws `rows-failed` if the stored cursor does not have the declared form. */
function readCursor({ key, rows }: CodeSource, stored: string | undefined): unknown {
  if (stored === undefined || !rows.cursor) return undefined
  const parsed = rows.cursor.safeParse(jsonOf(stored))
  if (parsed.success) return parsed.data
  throw new LakeError('rows-failed', {
    problem: `the cursor of ${key} that was published last is not as declared: ${issueText(parsed.error)}`,
    remedy: `Let its schema accept that form too, or run \`lake materialize ${key} --full\` to read ${key} from its start.`,
    asset: key,
  })
}

/** Undefined if the text is not JSON: another program can have written to the lake. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const issueText = ({ issues }: z.core.$ZodError): string =>
  printableLine(issues.map(({ path, message }) => [...path.map(String), message].join(': ')).join('; '))

export const mistake = ({ key, file }: Pick<CodeSource, 'key' | 'file'>, problem: string, remedy: string): LakeError =>
  new LakeError('rows-failed', {
    problem: `the rows function of ${key}: ${problem}`,
    remedy: `Correct ${file ?? 'its declaration'}: ${remedy}.`,
    asset: key,
  })
