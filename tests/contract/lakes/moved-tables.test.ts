// lake moves a table to another key. The tests interrupt the move after each operation on the
// storage.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineSource, int } from 'lake'
import { afterAll, describe, expect, it } from 'vitest'
import { commit } from '../../../framework/delta/commit.ts'
import { latestCommit } from '../../../framework/delta/log/log.ts'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import { moveTable } from '../../../framework/execute/rename-step.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { Manifest } from '../../../framework/ingest/manifest.ts'
import { observeCurrent } from '../../../framework/observe/observe.ts'
import { knownProvenance } from '../../../framework/observe/provenance.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import type { Storage } from '../../../framework/storage/storage.ts'
import { IS_FUZZ } from '../../support/shared/fuzz.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

const server = await sharedS3Server()
const directory = mkdtempSync(join(tmpdir(), 'lake-moves-'))
const env = { ...process.env }
Object.assign(process.env, server?.env, { XDG_CACHE_HOME: join(directory, 'cache') })
const bucket = await server?.bucket()
afterAll(async () => {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name]
  rmSync(directory, { recursive: true })
  await server?.stop()
})

let lakes = 0
const places = [
  { name: 'local' as const, open: () => localStorage(join(directory, `${lakes++}`)) },
  ...(bucket === undefined ? [] : [{ name: 's3' as const, open: () => openStorage(`s3://${bucket}/${lakes++}`) }]),
]

const built = buildGraph([defineSource({ key: 'new', formerly: 'old', columns: { size: int() } })])
if (built.kind === 'problems') throw new Error(JSON.stringify(built.problems))
const asset = built.graph.get('new')

/**
 * One of this many operations is followed by an interruption. `npm run fuzz` interrupts the move
 * after each operation.
 */
const APART = { local: 7, s3: 20 }

const NEWEST = 11
const part = (version: number) => `part-${version}.parquet`

/** A source with a dozen versions, each with its own file, and a checkpoint. */
async function fill(lake: Storage): Promise<void> {
  const metadata = { id: 'i', columns: [], partitionColumns: [], createdTime: 0, configuration: {} }
  for (let version = 0; version <= NEWEST; version++) {
    const manifest = `_lake/sources/old/manifest-${version}.json.gz`
    const content = { algorithm: 'a', rows: version, columns: {} }
    const source = { manifest, files: 0, lines: 0, rejected: 0 }
    const made = { format: 1, runId: 'r', engine: 'e', code: asset.code, content, partitions: 1, inputs: {}, source }
    await lake.put(manifest, Manifest.of([]).encode())
    await lake.put(`old/${part(version)}`, `rows of ${version}`)
    const add = { path: part(version), partitionValues: {}, size: 9, modificationTime: 0, tags: {} }
    await commit(lake, 'old', {
      readVersion: version === 0 ? undefined : version - 1,
      actions: { adds: [add], ...(version === 0 && { metadata }) },
      commitInfo: { timestamp: version, operation: 'WRITE', lake: made },
    })
  }
}

class Killed extends Error {}

/**
 * A storage that works for a number of operations. After them it does nothing, as if the process
 * had been killed.
 */
function dyingAfter(storage: Storage, allowed: number): Storage {
  let done = 0
  const counted =
    <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      if (done++ >= allowed) throw new Killed()
      return work(...args)
    }
  const writes = ['put', 'putIfAbsent', 'copy', 'delete']
  // A storage can be an instance with private state, so its methods stay bound to it.
  return new Proxy(storage, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      const method = value.bind(target)
      return writes.includes(String(name)) ? counted(method) : method
    },
  })
}

const move = async (lake: Storage): Promise<readonly string[]> => {
  const notices: string[] = []
  const { former } = await observeCurrent(lake, asset)
  const context = {
    lake,
    notice: (message: string) => notices.push(message),
    claims: { holds: async () => true },
    signal: new AbortController().signal,
  }
  if (former) await moveTable(context, former, 'new')
  return notices
}

async function expectMoved(lake: Storage): Promise<void> {
  const snapshot = await readSnapshot(lake, 'new')
  expect([...(snapshot?.files.keys() ?? [])].sort()).toEqual([...Array(NEWEST + 1).keys()].map(part).sort())
  for (let version = 0; version <= NEWEST; version++) {
    const stored = await lake.read(`new/${part(version)}`)
    expect(Buffer.from(stored?.body ?? []).toString()).toBe(`rows of ${version}`)
  }
  const provenance = knownProvenance((await latestCommit(lake, 'new'))?.commitInfo.lake)
  expect(provenance?.source?.manifest).toBe(`_lake/sources/new/manifest-${NEWEST}.json.gz`)
  expect(await lake.names('_lake/sources/new')).toHaveLength(NEWEST + 1)
  expect(await lake.list('old')).toEqual([])
  expect(await lake.list('_lake/sources/old')).toEqual([])
}

describe.each(places)('a table that is moved to another key: $name', ({ name, open }) => {
  it('has all of its versions under the new key, and none under the old key', async () => {
    const lake = open()
    await fill(lake)
    expect(await move(lake)).toEqual([])
    await expectMoved(lake)
    expect((await observeCurrent(lake, asset)).former).toBeUndefined()
  })

  // The test tries some points, other points in each run, because filling a lake of a dozen
  // versions takes a second.
  it('is complete under one of the keys wherever the move is interrupted; the next try completes the move', async () => {
    const apart = IS_FUZZ ? 1 : APART[name]
    const first = Date.now() % apart
    process.stdout.write(`a move interrupted (${name}): after ${first} operations, and each ${apart} more\n`)
    let finished = false
    for (let allowed = first; !finished; allowed += apart) {
      const lake = open()
      await fill(lake)
      const notices = await move(dyingAfter(lake, allowed)).catch((error) => {
        if (!(error instanceof Killed)) throw error
        return ['killed']
      })
      finished = notices.length === 0
      const current = await observeCurrent(lake, asset)
      expect(current.state?.version).toBe(NEWEST)
      expect(current.state?.provenance.content.rows).toBe(NEWEST)
      // A reader that does not know of the move finds no table until all of it exists.
      const seen = await readSnapshot(lake, 'new').catch((error) => error.code)
      expect(typeof seen === 'object' ? seen.files.size : seen).toBeOneOf([undefined, 'corrupt-table', NEWEST + 1])
      // A reader that does not look for gaps in a log finds no table either.
      const commits = (await lake.names('new/_delta_log')).filter((file) => file.endsWith('.json'))
      if (commits[0]?.endsWith('0000.json')) expect(commits).toHaveLength(NEWEST + 1)
      await move(lake)
      await expectMoved(lake)
    }
  })

  it('is not moved if a different table exists under the other key', async () => {
    const lake = open()
    await fill(lake)
    await move(lake)
    await fill(lake)
    const before = (await lake.list('')).map(({ path, size }) => [path, size])
    expect((await observeCurrent(lake, asset)).former).toEqual({ key: 'old', kind: 'apart' })
    await move(lake)
    expect((await lake.list('')).map(({ path, size }) => [path, size])).toEqual(before)
  })
})
