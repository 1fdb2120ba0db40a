/** Reads and replaces files of a directory that only this user can write to. */
import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

/** A header that is stored as JSON, and blobs. */
interface PrivateFile<Header> {
  readonly header: Header
  readonly blobs: readonly Uint8Array[]
}

const HASH_BYTES = 32
const LENGTH_BYTES = 4

/**
 * Returns undefined if the file is missing or damaged. Does not check the form of the header: the
 * caller knows which version of lake wrote it, or finds that in the header.
 */
export function readPrivateFile<Header>(file: string): PrivateFile<Header> | undefined {
  try {
    return parse(readFileSync(file))
  } catch {
    return undefined
  }
}

/** If that fails, the old file stays. */
export function writePrivateFile<Header>(file: string, content: PrivateFile<Header>): void {
  const temporary = `${file}.${process.pid}`
  try {
    writeFileSync(temporary, print(content), { mode: 0o600 })
    renameSync(temporary, file)
  } catch {
    // The old file stays.
  }
}

/** A SHA-256 of the rest, the length of the JSON, the JSON, and the blobs. */
function print<Header>({ header, blobs }: PrivateFile<Header>): Buffer {
  const json = Buffer.from(JSON.stringify([header, ...blobs.map((blob) => blob.length)]))
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32LE(json.length)
  const body = Buffer.concat([length, json, ...blobs])
  return Buffer.concat([sha256(body), body])
}

/** Throws if the content is damaged. */
function parse<Header>(content: Buffer): PrivateFile<Header> | undefined {
  const body = content.subarray(HASH_BYTES)
  if (!sha256(body).equals(content.subarray(0, HASH_BYTES))) return undefined
  let at = LENGTH_BYTES + body.readUInt32LE(0)
  const [header, ...lengths] = JSON.parse(body.toString('utf8', LENGTH_BYTES, at)) as [Header, ...number[]]
  const blobs = lengths.map((length) => {
    at += length
    return body.subarray(at - length, at)
  })
  return { header, blobs }
}

const sha256 = (body: Uint8Array): Buffer => createHash('sha256').update(body).digest()
