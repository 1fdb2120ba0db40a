// Tables can mark replaced rows as deleted. Each version of such a table, and each command over it,
// gives the rows of a table without marks.

import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { removeOf } from '../../../framework/delta/actions.ts'
import { commit } from '../../../framework/delta/commit.ts'
import { latestCommit } from '../../../framework/delta/log/log.ts'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import { readVectors, writeVectors } from '../../../framework/delta/vectors/vector-files.ts'
import { DuckDbEngine } from '../../../framework/engines/duckdb/duckdb-engine.ts'
import { defaultSettings } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { diffVersions } from '../../../framework/maintain/diff.ts'
import { rollBack } from '../../../framework/maintain/rollback.ts'
import { vacuum } from '../../../framework/maintain/vacuum/vacuum.ts'
import { verify } from '../../../framework/maintain/verify.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { errors, modes, warnings } from '../../support/lakes/test-run.ts'
import { nameSong, playAssets, writePlays } from '../../support/projects/marked-plays.ts'

let lake: TestLake
beforeEach(() => {
  lake = new TestLake()
  onTestFinished(() => lake.close())
})

const marking = graphOf(playAssets(true))
const plain = graphOf(playAssets(false))

async function run(graph = marking, options: Parameters<TestLake['run']>[1] = {}) {
  const made = await lake.run(graph, options)
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

/** The table after a new title was given to each of the songs. */
async function renamed(...songs: readonly number[]): Promise<void> {
  writePlays(lake)
  await run()
  for (const song of songs) {
    nameSong(lake, song, 'Another title')
    await run()
  }
}

/** Maps each asset to whether it has the rows that its inputs give. */
const verified = async (): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries((await verification()).map(({ key, result }) => [key, result]))

const verification = () =>
  verify({
    ...{
      graph: marking,
      storages: lake.storages,
      selection: [],
      limit: 1,
      now: () => new Date(),
      done: () => undefined,
    },
    openEngine: async (scratch) => new DuckDbEngine(defaultSettings(), join(scratch, 'spill')),
    ...{ scratchRoot: join(lake.directory, 'scratch'), signal: new AbortController().signal },
  })

describe('a table with deletion vectors', () => {
  it('marks the old rows of a song that gets another title, and writes only its new rows', async () => {
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

  it('adds to the marks of a file, and writes the file anew when a third of its rows is deleted', async () => {
    writePlays(lake)
    await run()
    for (let song = 0; song < 40; song += 10) {
      for (let more = 0; more < 10; more++) nameSong(lake, song + more, `Title ${song + more}, again`)
      await run()
    }
    expect((await table()).deleted).toEqual([])
    expect((await table(3)).deleted).toEqual([1800, 1800])
  })

  it('loses its marks and the protocol of deletion vectors when the option is turned off', async () => {
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

  it('keeps marks in partitions that a full refresh does not change; once the option is off, it rewrites these partitions', async () => {
    await renamed(7)
    await run(marking, { full: true })
    expect((await table()).deleted).toEqual([60, 60])
    await run(plain, { full: true })
    expect((await table()).deleted).toEqual([])
  })

  it('is compared with other versions, verified and rolled back by its live rows', async () => {
    await renamed(7, 8)
    const engine = new DuckDbEngine(defaultSettings(), join(lake.directory, 'spill'))
    onTestFinished(() => engine.close())
    const diff = await diffVersions(async () => engine, {
      ...{ lake: lake.lake, asset: marking.get('titled_plays'), from: 0, to: 2, limit: 1 },
      signal: new AbortController().signal,
    })
    expect(diff).toMatchObject({ added: 0, removed: 0, changed: 240 })
    expect(await verified()).toEqual({
      song_list: 'equal',
      play_log: 'equal',
      titled_plays: 'equal',
      play_counts: 'equal',
    })
    await rollBack({ lake: lake.lake, key: 'titled_plays', to: 1, now: () => new Date() })
    expect((await table()).deleted).toEqual([60, 60])
    expect(await verified()).toMatchObject({ titled_plays: 'equal' })
    await rollBack({ lake: lake.lake, key: 'titled_plays', to: 0, now: () => new Date() })
    expect(await table()).toMatchObject({ deleted: [], protocol: (await table(0)).protocol })
    expect(modes(await run())).toMatchObject({ titled_plays: 'keys' })
    expect((await table()).deleted).toEqual([120, 120])
  })

  it('keeps the deletion vectors of kept versions in a vacuum, which deletes all others, even those of killed runs', async () => {
    await renamed(7, 8, 9)
    lake.writeText('../lake/titled_plays/deletion_vector_00000000-0000-0000-0000-000000000000.bin', 'of a killed run')
    const vectors = async () => (await lake.lake.names('titled_plays')).filter((name) => name.endsWith('.bin'))
    expect(await vectors()).toHaveLength(3)
    const { deleted } = await vacuum({
      ...{
        lake: lake.lake,
        assets: marking.assets,
        olderThan: 0,
        keepHistory: 0,
        dryRun: false,
        now: () => new Date(Date.now() + 7_200_000),
      },
      ...{ scratchRoot: join(lake.directory, 'scratch'), signal: new AbortController().signal },
    })
    expect(deleted.filter(({ path }) => path.endsWith('.bin'))).toHaveLength(2)
    expect(await vectors()).toHaveLength(1)
    await run(marking, { full: true })
    expect((await table()).deleted).toEqual([180, 180])
    await renamed(10)
  })

  it('names a damaged deletion vector, and is written anew with --full', async () => {
    await renamed(7, 8)
    const [name = ''] = (await lake.lake.names('titled_plays')).filter((file) => file.endsWith('.bin'))
    await lake.lake.put(`titled_plays/${name}`, Buffer.alloc(700, 1))
    nameSong(lake, 9, 'Another title')
    const [failed] = errors(await lake.run(marking))
    expect(failed).toMatchObject({ code: 'corrupt-table' })
    expect(failed?.message).toMatch(/deletion vector of .*titled_plays.part-.*lake materialize titled_plays --full/)
    await run(marking, { full: true })
  })

  it('is checked by `lake verify`, which names the version that deleted a row too many', async () => {
    await renamed(7)
    const { files, version } = await table()
    const [marked] = files.filter(({ deletionVector }) => deletionVector)
    const newest = await latestCommit(lake.lake, 'titled_plays')
    if (!marked || !newest) throw new Error('no file has a deletion vector')
    const [rows] = await readVectors({ storage: lake.lake, table: 'titled_plays' }, [marked])
    const { vectors } = await writeVectors({ storage: lake.lake, table: 'titled_plays' }, [
      Uint32Array.from([0, ...(rows ?? [])]),
    ])
    const [deletionVector] = vectors
    await commit(lake.lake, 'titled_plays', {
      readVersion: version,
      actions: { removes: [removeOf(marked, 1)], adds: [{ ...marked, ...(deletionVector && { deletionVector }) }] },
      commitInfo: { ...newest.commitInfo, timestamp: Date.now() },
    })
    const found = (await verification()).find(({ key }) => key === 'titled_plays')
    expect(found).toMatchObject({
      ...{ result: 'different', missing: 1, extra: 0, since: { version: 2 } },
      sample: [{ difference: 'missing', row: { title: 'Title 0' }, sinceVersion: 2 }],
    })
  })

  it('marks nothing in small files', async () => {
    lake.write('play_log/plays.json', [
      { n: 1, song: 1 },
      { n: 3, song: 2 },
    ])
    for (const song of [1, 2]) nameSong(lake, song, `Title ${song}`)
    await run()
    nameSong(lake, 1, 'Another title')
    await run()
    expect((await table()).deleted).toEqual([])
  })
})
