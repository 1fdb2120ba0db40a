/**
 * Encodes and decodes positions of rows as Delta's array of Roaring bitmaps, in the portable format
 * (PROTOCOL.md, "Deletion Vector Format"; roaringbitmap.org, "RoaringFormatSpec").
 */

const MAGIC = 1681511377
/** The cookies of a bitmap without and with containers of runs. */
const WITHOUT_RUNS = 12346
const WITH_RUNS = 12347
/** A container of up to this many values is a list. A larger container is 65,536 bits. */
const MAX_LIST = 4096
const BITS_BYTES = 8192
/** A bitmap with runs and fewer containers has no offsets. */
const MIN_OFFSETS = 4

/** The bytes are not an array of bitmaps that lake can read. */
export class MalformedBitmap extends Error {
  override readonly name = 'MalformedBitmap'
}

/** `positions` are ascending, and each occurs once. */
export function encodePositions(positions: Uint32Array): Uint8Array {
  const containers = containersOf(positions)
  const header = Buffer.alloc(4 + 8 + 4 + 4 + 4 + containers.length * 8)
  header.writeInt32LE(MAGIC, 0)
  header.writeBigInt64LE(1n, 4)
  header.writeInt32LE(0, 12)
  header.writeInt32LE(WITHOUT_RUNS, 16)
  header.writeInt32LE(containers.length, 20)
  // Offsets count from the cookie on.
  let offset = header.length - 16
  for (const [index, { key, count, bytes }] of containers.entries()) {
    header.writeUInt16LE(key, 24 + index * 4)
    header.writeUInt16LE(count - 1, 26 + index * 4)
    header.writeUInt32LE(offset, 24 + containers.length * 4 + index * 4)
    offset += bytes.length
  }
  return Buffer.concat([header, ...containers.map(({ bytes }) => bytes)])
}

interface Container {
  /** The upper 16 bits of its positions. */
  readonly key: number
  readonly count: number
  readonly bytes: Buffer
}

function containersOf(positions: Uint32Array): readonly Container[] {
  const containers: Container[] = []
  for (let from = 0; from < positions.length; ) {
    const key = (positions[from] ?? 0) >>> 16
    let to = from
    while (to < positions.length && (positions[to] ?? 0) >>> 16 === key) to++
    const values = positions.subarray(from, to)
    containers.push({ key, count: values.length, bytes: values.length <= MAX_LIST ? listOf(values) : bitsOf(values) })
    from = to
  }
  return containers
}

function listOf(values: Uint32Array): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value & 0xffff, index * 2)
  return bytes
}

function bitsOf(values: Uint32Array): Buffer {
  const bytes = Buffer.alloc(BITS_BYTES)
  for (const value of values) {
    const low = value & 0xffff
    bytes[low >>> 3] = (bytes[low >>> 3] ?? 0) | (1 << (low & 7))
  }
  return bytes
}

/**
 * Ascending positions. Throws MalformedBitmap, also for a position beyond 32 bits: no data file has
 * as many rows. `most` is the greatest number of positions that is decoded.
 */
export function decodePositions(bytes: Uint8Array, most: number): Uint32Array {
  const reader = new Reader(bytes)
  const magic = reader.int32()
  if (magic !== MAGIC) throw new MalformedBitmap(`it begins with ${magic}, and not with ${MAGIC}`)
  const bitmaps = reader.int64()
  if (bitmaps < 0n || bitmaps > 1n) throw new MalformedBitmap(`it has ${bitmaps} bitmaps of 32 bits`)
  const positions = new Positions(most)
  if (bitmaps === 1n) {
    const key = reader.int32()
    if (key !== 0) throw new MalformedBitmap('it has positions of more than 32 bits')
    readBitmap(reader, positions)
  }
  if (reader.rest > 0) throw new MalformedBitmap(`${reader.rest} bytes follow its end`)
  return positions.found()
}

function readBitmap(reader: Reader, positions: Positions): void {
  const cookie = reader.int32()
  const hasRuns = (cookie & 0xffff) === WITH_RUNS
  if (!hasRuns && cookie !== WITHOUT_RUNS) throw new MalformedBitmap(`its bitmap begins with ${cookie}`)
  const count = hasRuns ? (cookie >>> 16) + 1 : reader.int32()
  if (count < 0 || count > 0x10000) throw new MalformedBitmap(`its bitmap has ${count} containers`)
  const runs = hasRuns ? reader.bytes(Math.ceil(count / 8)) : undefined
  const heads = Array.from({ length: count }, () => ({ key: reader.uint16(), size: reader.uint16() + 1 }))
  if (!hasRuns || count >= MIN_OFFSETS) reader.bytes(count * 4)
  for (const [index, { key, size }] of heads.entries()) {
    const isRuns = runs !== undefined && ((runs[index >>> 3] ?? 0) & (1 << (index & 7))) !== 0
    const before = positions.count
    positions.base = key * 0x10000
    if (isRuns) readRuns(reader, positions)
    else if (size <= MAX_LIST) for (let left = size; left > 0; left--) positions.add(reader.uint16())
    else readBits(reader.bytes(BITS_BYTES), positions)
    if (positions.count - before !== size) throw new MalformedBitmap('a container has another size than it says')
  }
}

function readRuns(reader: Reader, positions: Positions): void {
  for (let left = reader.uint16(); left > 0; left--) {
    const first = reader.uint16()
    const last = first + reader.uint16()
    if (last > 0xffff) throw new MalformedBitmap('a run is too long')
    for (let value = first; value <= last; value++) positions.add(value)
  }
}

function readBits(bits: Uint8Array, positions: Positions): void {
  for (const [index, byte] of bits.entries()) {
    for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) positions.add(index * 8 + bit)
  }
}

/** Collects positions in ascending order. */
class Positions {
  base = 0
  count = 0
  readonly #positions: Uint32Array

  constructor(most: number) {
    this.#positions = new Uint32Array(most)
  }

  add(value: number): void {
    const position = this.base + value
    if (this.count === this.#positions.length) throw new MalformedBitmap(`it has more than ${this.count} positions`)
    if (this.count > 0 && position <= (this.#positions[this.count - 1] ?? 0))
      throw new MalformedBitmap('its positions are not in order')
    this.#positions[this.count++] = position
  }

  found(): Uint32Array {
    return this.#positions.slice(0, this.count)
  }
}

/** Reads numbers of a byte array in order. */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get rest(): number {
    return this.#bytes.length - this.#at
  }

  int32(): number {
    return this.#next(4).readInt32LE(0)
  }

  int64(): bigint {
    return this.#next(8).readBigInt64LE(0)
  }

  uint16(): number {
    return this.#next(2).readUInt16LE(0)
  }

  bytes(length: number): Uint8Array {
    return this.#next(length)
  }

  #next(length: number): Buffer {
    if (length > this.rest) throw new MalformedBitmap('it ends early')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}
