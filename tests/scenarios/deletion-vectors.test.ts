// Tables that mark replaced rows as deleted: each version, and each command over them, has the rows of a table without marks.

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { readSnapshot } from '../../framework/delta/snapshot.ts'
import { nameSong, playAssets, writePlays } from '../support/marked-plays.ts'
import { graphOf, TestLake } from '../support/test-lake.ts'
import { errors, modes, warnings } from '../support/test-run.ts'

let lake: TestLake
beforeEach(() => {
  lake = new TestLake()
  onTestFinished(() => lake.close())
})

const marking = graphOf(playAssets(true))
const plain = graphOf(playAssets(false))

async function run(graph = marking) {
  const made = await lake.run(graph)
  expect(errors(made)).toEqual([])
  expect(warnings(made)).toEqual([])
  expect(await lake.differences(graph)).toEqual({})
  return made
}

const table = async (version?: number) => {
  const snapshot = await readSnapshot(lake.lake, 'titled_plays', version)
  if (!snapshot) throw new Error('there is no table')
  const files = [...snapshot.files.values()]
  return { ...snapshot, files, deleted: files.flatMap(({ deletionVector }) => deletionVector?.cardinality ?? []) }
}

describe('a table with deletion vectors', () => {
  it('marks the rows of a song that is renamed, and writes only its new rows', async () => {
    writePlays(lake)
    await run()
    expect((await table()).protocol).toEqual({
      ...{ minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['deletionVectors'] },
      writerFeatures: ['deletionVectors', 'appendOnly', 'invariants'],
    })
    nameSong(lake, 7, 'Another title')
    const renamed = await run()
    expect(modes(renamed)).toMatchObject({ titled_plays: 'keys', play_counts: 'keys' })
    const after = await table()
    expect(after.deleted).toEqual([60, 60])
    expect(after.files).toHaveLength(4)
    expect(renamed.result.assets.find(({ key }) => key === 'titled_plays')).toMatchObject({ rowsWritten: 120 })
  })

  it('adds to the marks of a file, and writes a file anew when a third of its rows is deleted', async () => {
    writePlays(lake)
    await run()
    for (let song = 0; song < 40; song += 10) {
      for (let more = 0; more < 10; more++) nameSong(lake, song + more, `Title ${song + more}, again`)
      await run()
    }
    expect((await table()).deleted).toEqual([])
    expect((await table(3)).deleted).toEqual([1800, 1800])
  })

  it('loses its marks and its protocol when the option is turned off', async () => {
    writePlays(lake)
    await run()
    nameSong(lake, 7, 'Another title')
    await run()
    const off = await run(plain)
    expect(modes(off)).toEqual({ titled_plays: 'keys' })
    const { files, deleted, protocol, metadata } = await table()
    expect({ deleted, protocol, configuration: metadata.configuration }).toEqual({
      ...{ deleted: [], protocol: { minReaderVersion: 1, minWriterVersion: 2 }, configuration: {} },
    })
    expect(files).toHaveLength(4)
    expect(modes(await run(plain))).toEqual({})
  })
})
