/** Opens Parquet files of a source as local files that DuckDB reads, and reads their footers. */
import { createWriteStream } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { LakeError } from '../../../../errors.ts'
import { type Footer, readFooter } from '../../../../ingest/parquet/footer.ts'
import { withBytes } from '../../../../ingest/parquet/local-bytes.ts'
import { FileRefused } from '../../../../ingest/refused-file.ts'
import { isUnchanged } from '../../../../storage/local/local-read.ts'
import type { OpenFile, Storage, StoredFile } from '../../../../storage/storage.ts'
import { storageError } from '../../../../storage/storage-error.ts'
import { printableLine } from '../../../../text/printable.ts'

/** A file of the source, and the local file with its content. */
export interface LocalParquet {
  readonly file: OpenFile
  readonly location: string
  /** Whether `location` is a copy that only this read uses. */
  readonly isCopy: boolean
  readonly footer: Footer | FileRefused
}

interface OpeningRequest {
  readonly storage: Pick<Storage, 'uri' | 'stream'>
  /** An existing local directory for copies. */
  readonly directory: string
  /** Whether local files are read in place. */
  readonly inPlace: boolean
  /** Whether the files belong to a Delta table, whose log names them. */
  readonly areNamed: boolean
}

/** Maximum number of files that are copied at once. */
const COPIES_AT_ONCE = 8

/** Opens the files, in their order. Throws `source-changed` if one of them disappeared. */
export async function openParquetFiles(
  request: OpeningRequest,
  files: readonly StoredFile[],
): Promise<readonly LocalParquet[]> {
  const opened: LocalParquet[] = []
  for (let at = 0; at < files.length; at += COPIES_AT_ONCE) {
    opened.push(...(await Promise.all(files.slice(at, at + COPIES_AT_ONCE).map((file) => openOne(request, file)))))
  }
  return opened
}

let copies = 0

async function openOne(request: OpeningRequest, { path }: StoredFile): Promise<LocalParquet> {
  const { storage, directory, inPlace } = request
  const stream = await storage.stream(path)
  if (!stream) throw disappeared(request, path)
  const { chunks, ...file } = stream
  if (inPlace && file.local) {
    const { location } = file.local
    return { file, location, isCopy: false, footer: await footerOf(location) }
  }
  const location = join(directory, `copy-${++copies}.parquet`)
  await pipeline(Readable.from(chunks), createWriteStream(location, { flags: 'wx' })).catch((error) => {
    throw error instanceof LakeError ? error : storageError('write', location, error)
  })
  return { file, location, isCopy: true, footer: await footerOf(location) }
}

const STAYS_MISSING =
  ' If the file stays missing, a vacuum has deleted it although the table has its rows: restore it with the program that writes the table.'

function disappeared({ storage, areNamed }: OpeningRequest, path: string): LakeError {
  return new LakeError('source-changed', {
    problem: `${printableLine(path)} disappeared from ${storage.uri} before it was read`,
    remedy: `Run again.${areNamed ? STAYS_MISSING : ''}`,
    details: { file: path },
  })
}

async function footerOf(location: string): Promise<Footer | FileRefused> {
  try {
    return await withBytes(location, readFooter)
  } catch (error) {
    if (error instanceof FileRefused) return error
    throw error
  }
}

/** Whether the file is still the one that was opened. */
export const isStillSame = ({ file, isCopy }: LocalParquet): boolean =>
  isCopy || (file.local !== undefined && isUnchanged(file.local))

export async function dropCopies(files: readonly LocalParquet[]): Promise<void> {
  for (const { location, isCopy } of files) if (isCopy) await unlink(location)
}
