// How deletion vectors are named, written and read.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AddFile } from '../../../framework/delta/actions.ts'
import {
  type DeletionVector,
  encodeUuid,
  readVector,
  vectorPath,
} from '../../../framework/delta/vectors/deletion-vector.ts'
import { decodePositions, encodePositions } from '../../../framework/delta/vectors/roaring.ts'
import { readVectors, writeVectors } from '../../../framework/delta/vectors/vector-files.ts'
import { checkProperty } from '../../support/random/property.ts'
import { file, temporaryStorage } from './example-table.ts'

/** The example of PROTOCOL.md, "Deletion Vector Descriptor Schema". */
const IN_FILE = {
  storageType: 'u',
  pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^',
  offset: 4,
  sizeInBytes: 40,
  cardinality: 6,
}
const current = temporaryStorage()
const location = () => ({ storage: current.storage, table: 'songs' })
const stored = (vector: DeletionVector, rows = 100): AddFile => ({
  ...file('part-0', { stats: JSON.stringify({ numRecords: rows }) }),
  deletionVector: vector,
})
const positionsIn = async (vector: DeletionVector, rows?: number) => {
  const [positions] = await readVectors(location(), [stored(vector, rows)])
  return [...(positions ?? [])]
}

it('the example of the protocol names a file by a UUID and a prefix', () => {
  expect(vectorPath(readVector(IN_FILE))).toBe('ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin')
  expect(encodeUuid('d2c639aa-8816-431a-aaf6-d3fe2512ff61')).toBe('^-aqEH.-t@S}K{vb[*k^')
})

describe('positions', () => {
  const ranges = fc.array(
    fc.record({
      from: fc.nat(400_000),
      count: fc.integer({ min: 1, max: 9000 }),
      step: fc.integer({ min: 1, max: 20 }),
    }),
    { maxLength: 5 },
  )
  const positionsOf = (some: readonly { from: number; count: number; step: number }[]) => {
    const all = some.flatMap(({ from, count, step }) =>
      Array.from({ length: count }, (_, index) => from + index * step),
    )
    return Uint32Array.from(new Set(all)).sort()
  }

  it('are the same after encoding and decoding, whether few or many', () =>
    checkProperty(
      'positions of rows',
      fc.asyncProperty(ranges, async (some) => {
        const positions = positionsOf(some)
        expect(decodePositions(encodePositions(positions), positions.length)).toEqual(positions)
      }),
      50,
    ).then(() => undefined))

  it('are read from runs, with and without offsets', () => {
    // The positions 10 to 14, and 100. After that, one run of three in each of four containers.
    const few = bitmap([runCookie(1), [0b1], u16(0, 5), u16(2, 10, 4, 100, 0)])
    expect([...decodePositions(few, 6)]).toEqual([10, 11, 12, 13, 14, 100])
    const heads = [0, 1, 2, 3].flatMap((key) => u16(key, 2))
    const many = bitmap([runCookie(4), [0b1111], heads, Array<number>(16).fill(0), ...heads.map(() => [])])
    const runs = [0, 1, 2, 3].flatMap(() => u16(1, 5, 2))
    expect([...decodePositions(Uint8Array.from([...many, ...runs]), 12)]).toEqual(
      [0, 1, 2, 3].flatMap((key) => [5, 6, 7].map((low) => key * 65_536 + low)),
    )
  })

  it.each<[string, Uint8Array]>([
    ['another magic number', Uint8Array.of(1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['an early end', encodePositions(Uint32Array.of(1, 2, 3)).subarray(0, 30)],
    ['bytes behind the end', Uint8Array.from([...encodePositions(Uint32Array.of(1)), 0])],
    ['positions out of order', bitmap([cookie(1), u16(0, 1), [0, 0, 0, 0], u16(7, 7)])],
    ['a container of another size', bitmap([runCookie(1), [1], u16(0, 9), u16(1, 3, 0)])],
    ['too many containers', bitmap([[...u16(12346, 0), 255, 255, 255, 127]])],
    ['positions beyond 32 bits', bitmap([cookie(1), u16(0, 0), [0, 0, 0, 0], u16(7)], 1)],
    ['more positions than expected', encodePositions(Uint32Array.from({ length: 200 }, (_, index) => index))],
  ])('are refused: %s', (_, bytes) => {
    expect(() => decodePositions(bytes, 100)).toThrow(expect.objectContaining({ name: 'MalformedBitmap' }))
  })
})

const u16 = (...values: number[]) => values.flatMap((value) => [value & 255, value >>> 8])
const cookie = (containers: number) => [...u16(12346, 0), ...u16(containers, 0)]
const runCookie = (containers: number) => u16(12347, containers - 1)

/** The bytes of a deletion vector whose first bitmap has this key. */
function bitmap(parts: readonly (readonly number[])[], key = 0): Uint8Array {
  const head = Buffer.alloc(16)
  head.writeInt32LE(1681511377, 0)
  head.writeBigInt64LE(1n, 4)
  head.writeInt32LE(key, 12)
  return Uint8Array.from([...head, ...parts.flat()])
}

describe('deletion vectors', () => {
  const many = Uint32Array.from({ length: 1000 }, (_, index) => index * 3)

  it('are in the log if they are small, and otherwise all in one file', async () => {
    const { vectors, path } = await writeVectors(location(), [Uint32Array.of(5), many, many.subarray(0, 500)])
    expect(vectors.map(({ storageType, cardinality }) => [storageType, cardinality])).toEqual([
      ...[
        ['i', 1],
        ['u', 1000],
        ['u', 500],
      ],
    ])
    expect(vectors.map(vectorPath)).toEqual([undefined, path, path])
    const read = await readVectors(
      location(),
      vectors.map((vector) => stored(vector, 3000)),
    )
    expect(read.map((positions) => positions?.length)).toEqual([1, 1000, 500])
    expect(read[1]).toEqual(many)
  })

  it('need no file if all of them are small', async () => {
    expect(await writeVectors(location(), [Uint32Array.of(5), Uint32Array.of(7)])).toMatchObject({ path: undefined })
  })

  it.each<[string, (bytes: Buffer) => void, RegExp]>([
    [
      'its checksum',
      (bytes) => bytes.writeUInt8((bytes[40] ?? 0) ^ 1, 40),
      /the checksum in the file .* does not match/,
    ],
    ['its length', (bytes) => bytes.writeInt32BE(7, 1), /states another size/],
    ['the format of its file', (bytes) => bytes.writeUInt8(9, 0), /has the format 9/],
  ])('are refused, with the name of the data file, if the error is in %s', async (_, damage, message) => {
    const { vectors, path = '' } = await writeVectors(location(), [many])
    const place = join(current.root, 'songs', path)
    const bytes = readFileSync(place)
    damage(bytes)
    writeFileSync(place, bytes)
    await expect(
      readVectors(
        location(),
        vectors.map((vector) => stored(vector, 3000)),
      ),
    ).rejects.toMatchObject({
      ...{ code: 'corrupt-table', asset: 'songs' },
      message: expect.stringMatching(new RegExp(`songs/part-0.*${message.source}.*lake materialize songs --full`)),
    })
  })

  it('are refused if they name rows that the data file lacks, or a wrong number of rows', async () => {
    const { vectors } = await writeVectors(location(), [Uint32Array.of(3, 4, 7, 11, 18, 29)])
    const [inLog] = vectors
    if (!inLog) throw new Error('no vector was written')
    expect(await positionsIn(inLog, 30)).toEqual([3, 4, 7, 11, 18, 29])
    await expect(positionsIn(inLog, 29)).rejects.toThrow(/names the row 29, and the file has 29/)
    await expect(positionsIn({ ...inLog, cardinality: 5 })).rejects.toThrow(/more than 5 positions/)
    await expect(positionsIn({ ...inLog, cardinality: 7 })).rejects.toThrow(/has 6 positions, and the log says 7/)
    await expect(positionsIn({ ...inLog, cardinality: 101 })).rejects.toThrow(/101 of 100 rows are deleted/)
    await expect(readVectors(location(), [{ ...stored(inLog), stats: '{}' }])).rejects.toThrow(/does not say how many/)
  })

  it('are refused if their file is missing or outside of the table', async () => {
    mkdirSync(join(current.root, 'songs'), { recursive: true })
    await expect(positionsIn(readVector(IN_FILE))).rejects.toThrow(/the file ab.deletion_vector_d2c639aa.* is missing/)
    for (const pathOrInlineDv of ['../../x^-aqEH.-t@S}K{vb[*k^', '/etc^-aqEH.-t@S}K{vb[*k^', 'short', '~'.repeat(20)]) {
      expect(() => readVector({ ...IN_FILE, pathOrInlineDv })).toThrow(/which no UUID names/)
    }
    expect(() => readVector({ ...IN_FILE, sizeInBytes: -1 })).toThrow(/sizeInBytes -1/)
    expect(() => readVector({ ...IN_FILE, storageType: 'x' })).toThrow(/has the type "x"/)
    expect(readdirSync(join(current.root, 'songs'))).toEqual([])
  })
})
