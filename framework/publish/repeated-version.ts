/** Finds out whether a commit would only repeat the provenance of the newest version. */
import { isDeepStrictEqual } from 'node:util'
import type { Provenance } from '../observe/provenance.ts'
import type { Storage } from '../storage/storage.ts'

/** Documents of a source. Each version has its own, but their content can be the same. */
const DOCUMENTS = ['manifest', 'rejects'] as const

/**
 * Whether two versions with the same data files differ only in the run that made them: the same
 * code and engine made them from the same inputs, with the same content and checks. The lists of a
 * source's files and of its refused lines are compared by content.
 */
export async function isRepeated(lake: Storage, before: Provenance, now: Provenance): Promise<boolean> {
  if (!isDeepStrictEqual(lasting(before), lasting(now))) return false
  for (const name of DOCUMENTS) {
    if (!(await isSame(lake, before.source?.[name], now.source?.[name]))) return false
  }
  return true
}

/** The part of the provenance that does not depend on the run, in the form of a commit. */
function lasting({ runId, loadedAt, refreshes, source, ...lasting }: Provenance): unknown {
  if (!source) return JSON.parse(JSON.stringify(lasting))
  const { manifest, rejects, readBy, ...counts } = source
  return JSON.parse(JSON.stringify({ ...lasting, source: { ...counts, readBy: readBy !== undefined } }))
}

async function isSame(lake: Storage, before: string | undefined, now: string | undefined): Promise<boolean> {
  if (before === undefined || now === undefined || before === now) return before === now
  const [old, current] = await Promise.all([lake.read(before), lake.read(now)])
  return old !== undefined && current !== undefined && Buffer.from(old.body).equals(current.body)
}
