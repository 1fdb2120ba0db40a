/**
 * Keeps what V8 makes of the bundled code on this machine. Compiling it takes most of the time of a
 * short command.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Script } from 'node:vm'
import { privateCodeCache } from '../storage/local/private-directory.ts'
import { readPrivateFile, writePrivateFile } from '../storage/local/private-file.ts'

/** V8's compiled code of chunks, for one build of lake. */
interface Header {
  readonly build: string
  readonly chunks: readonly number[]
}

/**
 * One file for each part of the program that is loaded at once, such as a command. Commands call
 * different functions of the code that they share, and V8 compiles a function when it is first
 * called.
 */
export class CompiledCode {
  readonly #directory: string
  readonly #build: string
  readonly #roots = new Map<string, KeptRoot>()

  private constructor(directory: string, build: string) {
    this.#directory = directory
    this.#build = build
  }

  /** Returns undefined if this user has no private cache directory. */
  static open(code: Uint8Array): CompiledCode | undefined {
    const directory = privateCodeCache()
    if (directory === undefined) return undefined
    const { versions, arch } = process
    const sum = createHash('sha256').update(code).digest('hex')
    const compiled = new CompiledCode(directory, [sum, versions.node, versions.v8, arch].join(' '))
    process.once('exit', () => compiled.#save())
    return compiled
  }

  /** The file of a new build of lake replaces the old one. */
  root(name: string): KeptRoot {
    const known = this.#roots.get(name)
    if (known) return known
    const root = new KeptRoot(join(this.#directory, `code-${name}.bin`), this.#build)
    this.#roots.set(name, root)
    return root
  }

  /** Functions that have been called by now are kept with the rest. */
  #save(): void {
    for (const root of this.#roots.values()) root.save()
  }
}

/** The chunks that are run when one of them is loaded. */
export class KeptRoot {
  readonly #file: string
  readonly #build: string
  readonly #compiled: ReadonlyMap<number, Uint8Array>
  readonly #fresh = new Map<number, Script>()

  constructor(file: string, build: string) {
    this.#file = file
    this.#build = build
    const stored = readPrivateFile<Header>(file)
    const chunks = stored?.header.build === build ? stored.header.chunks : []
    this.#compiled = new Map(chunks.map((index, order) => [index, stored?.blobs[order] ?? new Uint8Array()]))
  }

  /**
   * V8's compiled code of the chunk, from an earlier process. V8 ignores it if another version of
   * V8 made it.
   */
  compiled(index: number): Buffer | undefined {
    const blob = this.#compiled.get(index)
    return blob && Buffer.from(blob.buffer, blob.byteOffset, blob.length)
  }

  /** Keeps the chunk, unless V8 accepted the code that was kept. */
  keep(index: number, script: Script): void {
    if (script.cachedDataRejected !== false) this.#fresh.set(index, script)
  }

  /** Writes the file if it lacks a chunk. */
  save(): void {
    if (this.#fresh.size === 0) return
    const made = [...this.#fresh].map(([index, script]): [number, Uint8Array] => [index, script.createCachedData()])
    const all = new Map([...this.#compiled, ...made])
    writePrivateFile<Header>(this.#file, {
      header: { build: this.#build, chunks: [...all.keys()] },
      blobs: [...all.values()],
    })
  }
}
