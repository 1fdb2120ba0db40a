/** The checksum of a local copy, taken when the copy came and kept in a file of its own: a copy that was changed since is not trusted. */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import * as z from 'zod'
import { throughTemporary } from '../local/local-write.ts'
import { parseDocument } from '../stored-document.ts'

/** Below the directory of the copies. No bucket has such a name. */
export const SUMS = '.sums'

const sumSchema = z.object({
  size: z.number(),
  sha256: z.string(),
  /** What the file system said of the copy when its content was last found to be right. */
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
   * Whether the copy is there, with the content that it came with. It is read where the file system cannot tell that it stayed as it was: a
   * write by whatever program gives a file another time of change.
   */
  async isSound(local: string): Promise<boolean> {
    const [sum, found] = await Promise.all([this.#read(local), stampOf(local)])
    if (!sum || !found || sum.size !== found.size) return false
    if (sum.stamp === found.stamp) return true
    if ((await sha256Of(local)) !== sum.sha256) return false
    await this.note(local, sum.sha256)
    return true
  }

  /** Keeps the checksum of a copy that has the right content. Failing at it is not worth failing for: the copy is fetched again then. */
  async note(local: string, sha256: string): Promise<void> {
    const found = await stampOf(local)
    if (!found) return
    const path = this.#pathOf(local)
    await throughTemporary(path, async (temporary) => {
      await writeFile(temporary, JSON.stringify({ ...found, sha256 } satisfies Sum))
      await rename(temporary, path)
    }).catch(() => undefined)
  }

  async forget(local: string): Promise<void> {
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

export async function sha256Of(local: string): Promise<string | undefined> {
  try {
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(local)) hash.update(chunk)
    return hash.digest('hex')
  } catch {
    return undefined
  }
}

/** The chunks, all of which go into the hash as they pass. */
export async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}
