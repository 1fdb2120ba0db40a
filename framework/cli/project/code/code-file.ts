/** Caches compiled files of a project and the code versions of its assets on this machine. */
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { privateCodeCache } from '../../../storage/local/private-directory.ts'
import { readPrivateFile, writePrivateFile } from '../../../storage/local/private-file.ts'

/** A compiled file, and V8's form of its code. */
export interface CachedFile {
  /** SHA-256 of the source. */
  readonly source: string
  readonly imports: readonly string[]
  readonly reads: readonly string[] | undefined
  readonly code: string
  /** V8's form of the code. V8 ignores code that another version of V8 made. */
  readonly compiled: Uint8Array | undefined
}

/** The result of the last load of a project. */
export interface CachedProject {
  readonly files: readonly CachedFile[]
  /** Checked assets as text, and what they depend on. */
  readonly checked: { readonly key: string; readonly assets: string } | undefined
}

/** The blobs are the checked assets, then each file's code and V8's form of it. */
interface Header {
  readonly build: string
  /** undefined if there are no checked assets. */
  readonly checked: string | undefined
  readonly files: readonly Pick<CachedFile, 'source' | 'imports' | 'reads'>[]
}

/**
 * Identifies what decides, besides a file's text, how the file is compiled and evaluated: the build
 * of lake, Node and its options. undefined if lake itself runs from its sources, because then no
 * name of a chunk changes when lake does.
 */
function currentBuild(): string | undefined {
  const [, lake] = /\/chunks\/([0-9A-Z]{8})\.js$/.exec(import.meta.url) ?? []
  if (lake === undefined) return undefined
  const { versions, arch, platform, execArgv, env } = process
  return JSON.stringify([lake, versions, arch, platform, execArgv, env.NODE_OPTIONS ?? null])
}

/** The cache of one config. */
export class CodeFile {
  readonly #file: string
  readonly #build: string

  private constructor(file: string, build: string) {
    this.#file = file
    this.#build = build
  }

  /** Returns undefined if this user has no private cache directory. */
  static open(config: string): CodeFile | undefined {
    const build = currentBuild()
    const directory = build === undefined ? undefined : privateCodeCache()
    if (build === undefined || directory === undefined) return undefined
    return new CodeFile(join(directory, `project-${hash('sha256', config).slice(0, 32)}.bin`), build)
  }

  /** Returns undefined if the file is missing, damaged, or of another build. */
  read(): CachedProject | undefined {
    const stored = readPrivateFile<Header>(this.#file)
    if (stored?.header.build !== this.#build) return undefined
    const { header, blobs } = stored
    const [assets = NOTHING, ...codes] = blobs.map((blob) => Buffer.from(blob.buffer, blob.byteOffset, blob.length))
    const files = header.files.map((file, index) => {
      const [code = NOTHING, compiled = NOTHING] = codes.slice(2 * index)
      return { ...file, code: code.toString(), compiled: compiled.length > 0 ? compiled : undefined }
    })
    return {
      files,
      checked: header.checked === undefined ? undefined : { key: header.checked, assets: assets.toString() },
    }
  }

  /** Replaces the file. If that fails, the next command is only slower. */
  write({ files, checked }: CachedProject): void {
    const header: Header = {
      build: this.#build,
      checked: checked?.key,
      files: files.map(({ source, imports, reads }) => ({ source, imports, reads })),
    }
    const codes = files.flatMap(({ code, compiled }) => [Buffer.from(code), compiled ?? NOTHING])
    writePrivateFile(this.#file, { header, blobs: [Buffer.from(checked?.assets ?? ''), ...codes] })
  }
}

const NOTHING = Buffer.alloc(0)
