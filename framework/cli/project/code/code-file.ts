/** Caches compiled files of a project and the code versions of its assets on this machine. */
import { createHash, hash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { privateCodeCache } from '../../../storage/local/private-directory.ts'

/** A compiled file, and V8's form of its code. */
export interface CachedFile {
  /** SHA-256 of the source. */
  readonly source: string
  readonly imports: readonly string[]
  readonly reads: readonly string[] | undefined
  readonly code: string
  /** V8's form of the code. V8 ignores one that another V8 made. */
  readonly compiled: Uint8Array | undefined
}

/** The result of the last load of a project. */
export interface CachedProject {
  readonly files: readonly CachedFile[]
  /** Checked assets as text, and what they depend on. */
  readonly checked: { readonly key: string; readonly assets: string } | undefined
}

/** Describes the parts of the file, in their order. Sizes are in bytes. */
interface Header {
  readonly build: string
  readonly checked: { readonly key: string; readonly assets: number } | undefined
  readonly files: readonly HeaderFile[]
}

interface HeaderFile extends Pick<CachedFile, 'source' | 'imports' | 'reads'> {
  readonly code: number
  readonly compiled: number
}

const HASH_BYTES = 32
const LENGTH_BYTES = 4

/**
 * Identifies, in addition to a file's text, how it is compiled and evaluated. undefined if lake
 * itself runs from its sources, because no name then changes with them.
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
    try {
      return parse(readFileSync(this.#file), this.#build)
    } catch {
      return undefined
    }
  }

  /** Replaces the file. If that fails, the next command is only slower. */
  write(project: CachedProject): void {
    const temporary = `${this.#file}.${process.pid}`
    try {
      writeFileSync(temporary, print(project, this.#build), { mode: 0o600 })
      renameSync(temporary, this.#file)
    } catch {
      // The next command is only slower.
    }
  }
}

/**
 * The file: a SHA-256 of the rest, the length of a header, the header as JSON, and the parts that
 * it describes.
 */
function print({ files, checked }: CachedProject, build: string): Buffer {
  const blobs = files.flatMap(({ code, compiled }) => [Buffer.from(code), compiled ?? new Uint8Array()])
  const header: Header = {
    build,
    checked: checked && { key: checked.key, assets: Buffer.byteLength(checked.assets) },
    files: files.map(({ source, imports, reads }, index) => ({
      ...{ source, imports, reads },
      code: blobs[2 * index]?.length ?? 0,
      compiled: blobs[2 * index + 1]?.length ?? 0,
    })),
  }
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32LE(json.length)
  const body = Buffer.concat([length, json, Buffer.from(checked?.assets ?? ''), ...blobs])
  return Buffer.concat([sha256(body), body])
}

/** Throws if the content is damaged. */
function parse(content: Buffer, build: string): CachedProject | undefined {
  const body = content.subarray(HASH_BYTES)
  if (!sha256(body).equals(content.subarray(0, HASH_BYTES))) return undefined
  let at = LENGTH_BYTES + body.readUInt32LE(0)
  // The hash matches, and only this user can write to the directory. So this build wrote the
  // header.
  const header = JSON.parse(body.toString('utf8', LENGTH_BYTES, at)) as Header
  if (header.build !== build) return undefined
  const take = (length: number) => {
    at += length
    return body.subarray(at - length, at)
  }
  const assets = take(header.checked?.assets ?? 0).toString()
  const files = header.files.map(({ source, imports, reads, code, compiled }) => ({
    ...{ source, imports, reads },
    code: take(code).toString(),
    compiled: compiled > 0 ? take(compiled) : undefined,
  }))
  return { files, checked: header.checked && { key: header.checked.key, assets } }
}

const sha256 = (body: Uint8Array): Buffer => createHash('sha256').update(body).digest()
