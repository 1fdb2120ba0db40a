/** Compiles and runs the chunks of the bundled code when they are needed. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Script } from 'node:vm'
import { CompiledCode, type KeptRoot } from './compiled-code.ts'

export type Exports = Readonly<Record<string, unknown>>

/** The first line of the file, which framework/bundle-chunks.mjs writes. The chunks follow it. */
interface Table {
  /** A hash of the code. */
  readonly build: string
  readonly chunks: readonly (readonly [length: number, lines: number, root?: string, ...packages: string[]])[]
}

interface Chunk {
  readonly start: number
  readonly end: number
  /** Where it begins in the file. */
  readonly line: number
  /** Name of the source whose exports it has. undefined for code that others share. */
  readonly root: string | undefined
  /** Packages that the chunk and all chunks that it imports need. Unknown for shared code. */
  readonly packages: readonly string[]
}

/** The arguments of a chunk. The names are short because chunks use them often. */
interface ChunkScope {
  /** URL of the code, as if its chunks were files. The name is a hash of the code. */
  readonly u: string
  /** The directory of the program. */
  readonly d: string
  /** The exports of a chunk that this one imports. */
  c(index: number): Exports
  /** A module of Node that this chunk imports. */
  n(name: string): object | undefined
  /** A package that this chunk imports. */
  p(specifier: string): Exports | undefined
  /** Imports a chunk when it is needed. */
  i(index: number): Promise<Exports>
  /** Imports a package when it is needed. */
  q(specifier: string): Promise<Exports>
}

/**
 * Packages that are CommonJS, and that chunks import only by name: `require` is several times
 * faster than `import`.
 */
const COMMON_JS = ['fflate']

export class BundledCode {
  readonly #file: string
  readonly #text: Buffer
  readonly #url: string
  readonly #chunks: readonly Chunk[]
  readonly #compiled: CompiledCode | undefined
  readonly #exports = new Map<number, Exports>()
  readonly #packages = new Map<string, Exports>()

  /** With `keep`, keeps V8's compiled code for other processes of this user. */
  constructor(file: string, keep: boolean) {
    this.#file = file
    this.#text = readFileSync(file)
    const end = this.#text.indexOf('\n')
    const table: Table = JSON.parse(this.#text.toString('latin1', 0, end))
    this.#url = pathToFileURL(join(dirname(file), 'chunks', `${table.build}.js`)).href
    this.#chunks = chunksOf(table, end + 1)
    this.#compiled = keep ? CompiledCode.open(this.#text) : undefined
  }

  /** Runs the code of a source that imports only packages in COMMON_JS. */
  run(root: string): Exports {
    const index = this.#chunks.findIndex((chunk) => chunk.root === root)
    for (const specifier of this.#chunk(index).packages) this.#require(specifier)
    return this.#runRoot(index)
  }

  async #import(index: number): Promise<Exports> {
    const missing = this.#chunk(index).packages.filter((specifier) => !this.#packages.has(specifier))
    await Promise.all(missing.map((specifier) => this.#importPackage(specifier)))
    return this.#runRoot(index)
  }

  async #importPackage(specifier: string): Promise<Exports> {
    if (COMMON_JS.includes(specifier)) return this.#require(specifier)
    const exports: Exports = await import(specifier)
    this.#packages.set(specifier, exports)
    return exports
  }

  #require(specifier: string): Exports {
    const exports: Exports = require(specifier)
    this.#packages.set(specifier, exports)
    return exports
  }

  #runRoot(index: number): Exports {
    const { root = '' } = this.#chunk(index)
    return this.#exports.get(index) ?? this.#run(index, this.#compiled?.root(root))
  }

  #run(index: number, root: KeptRoot | undefined): Exports {
    const loaded = this.#exports.get(index)
    if (loaded) return loaded
    const run: (scope: ChunkScope) => Exports = this.#compile(index, root).runInThisContext()
    const exports = run({
      u: this.#url,
      d: dirname(this.#file),
      c: (other) => this.#run(other, root),
      n: (name) => process.getBuiltinModule(`node:${name}`),
      p: (specifier) => this.#packages.get(specifier),
      i: (other) => this.#import(other),
      q: (specifier) => this.#importPackage(specifier),
    })
    this.#exports.set(index, exports)
    return exports
  }

  #compile(index: number, root: KeptRoot | undefined): Script {
    const { start, end, line } = this.#chunk(index)
    const cachedData = root?.compiled(index)
    const script = new Script(`(function($$$){"use strict";${this.#text.toString('latin1', start, end)}})`, {
      ...{ filename: this.#file, lineOffset: line },
      ...(cachedData && { cachedData }),
    })
    root?.keep(index, script)
    return script
  }

  #chunk(index: number): Chunk {
    const chunk = this.#chunks[index]
    if (!chunk) throw new Error(`the bundled code has no chunk ${index}`)
    return chunk
  }
}

function chunksOf({ chunks }: Table, first: number): readonly Chunk[] {
  let [start, line] = [first, 1]
  return chunks.map(([length, lines, root, ...packages]) => {
    const chunk = { start, end: start + length, line, root, packages }
    start += length
    line += lines
    return chunk
  })
}
