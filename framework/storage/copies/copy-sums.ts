/** Records checksums of local copies, so that a changed copy is not trusted. */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import * as z from 'zod'
import { throughTemporary } from '../local/local-write.ts'
import { parseDocument } from '../stored-document.ts'

/**
 * The directory of the checksums, inside the directory of the copies. No bucket can have this name.
 */
export const SUMS = '.sums'

const sumSchema = z.object({
  size: z.number(),
  sha256: z.string(),
  /** Inode and times of the copy when its content was last verified. */
  stamp: z.string(),
})

type Sum = z.infer<typeof sumSchema>

/** The checksums of the copies below a directory. */
export class CopySums {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  /**
   * Whether the copy exists and has the content that was downloaded. Reads the content only if the
   * copy's stamp differs: any write changes the stamp.
   */
  async isIntact(local: string): Promise<boolean> {
    const [sum, found] = await Promise.all([this.#read(local), stampOf(local)])
    if (!sum || !found || sum.size !== found.size) return false
    if (sum.stamp === found.stamp) return true
    if ((await sha256Of(local)) !== sum.sha256) return false
    await this.record(local, sum.sha256)
    return true
  }

  /**
   * Records the checksum of a copy. Its content has to be right. Ignores failures: the copy is then
   * fetched again.
   */
  async record(local: string, sha256: string): Promise<void> {
    const found = await stampOf(local)
    if (!found) return
    const path = this.#pathOf(local)
    await throughTemporary(path, async (temporary) => {
      await writeFile(temporary, JSON.stringify({ ...found, sha256 } satisfies Sum))
      await rename(temporary, path)
    }).catch(() => undefined)
  }

  async remove(local: string): Promise<void> {
    await rm(this.#pathOf(local), { force: true })
  }

  #pathOf(local: string): string {
    return join(this.#directory, SUMS, `${relative(this.#directory, local)}.json`)
  }

  async #read(local: string): Promise<Sum | undefined> {
    const path = this.#pathOf(local)
    const text = await readFile(path, 'utf8').catch(() => '')
    const sum = parseDocument(path, text, sumSchema)
    return sum.kind === 'read' ? sum.value : undefined
  }
}

async function stampOf(local: string): Promise<{ readonly size: number; readonly stamp: string } | undefined> {
  const stats = await stat(local, { bigint: true }).catch(() => undefined)
  return stats && { size: Number(stats.size), stamp: `${stats.ino} ${stats.mtimeNs} ${stats.ctimeNs}` }
}

/** The checksum of a file; undefined if it cannot be read. */
export async function sha256Of(local: string): Promise<string | undefined> {
  try {
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(local)) hash.update(chunk)
    return hash.digest('hex')
  } catch {
    return undefined
  }
}

/** Passes the chunks on and adds each to the hash. */
export async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}
