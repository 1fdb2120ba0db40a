// What lake observes of a source.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineSource, int } from 'lake'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { commit } from '../../../framework/delta/commit.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { Manifest } from '../../../framework/ingest/manifest.ts'
import { observe } from '../../../framework/observe/observe.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import type { Storage, StoredFile } from '../../../framework/storage/storage.ts'

const MANIFEST = '_lake/sources/events/manifest-1.json.gz'

const built = buildGraph([defineSource({ key: 'events', columns: { size: int() } })])
if (built.kind === 'problems') throw new Error(JSON.stringify(built.problems))
const events = built.graph.get('events')

let directory: string
let lake: Storage

/**
 * Makes a source that was read from `a.json` and `b.json`, and that has the files `b.json` and
 * `c.json` now.
 */
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lake-observe-'))
  lake = localStorage(join(directory, 'lake'))
  const content = { algorithm: 'a', rows: 0, columns: {} }
  const source = { manifest: MANIFEST, files: 2, lines: 0, rejected: 0 }
  const made = { format: 1, runId: 'r', engine: 'e', code: events.code, content, partitions: 1, inputs: {}, source }
  const commitInfo = { timestamp: 0, operation: 'WRITE', lake: made }
  const metadata = { id: 'i', columns: [], partitionColumns: [], createdTime: 0, configuration: {} }
  await commit(lake, 'events', { readVersion: undefined, actions: { metadata }, commitInfo })
  for (const path of ['b.json', 'c.json', '_temporary.json']) await input().put(path, '')
  const files = (await input().list('')).filter(({ path }) => path === 'b.json')
  const entries = files.flatMap((b) => [b, { ...b, path: 'a.json' }]).map((file) => ({ ...file, rows: 0, rejected: 0 }))
  await lake.put(MANIFEST, Manifest.of(entries).encode())
})

afterEach(() => rmSync(directory, { recursive: true }))

const input = () => localStorage(join(directory, 'input'))

async function observed() {
  const observation = (await observe({ lake, source: input }, [events])).get('events')
  const files = observation?.source?.files.list().map(({ path }) => path)
  const { added = [], changed = [], removed = [] } = observation?.source?.changes ?? {}
  const paths = (files: readonly StoredFile[]) => files.map(({ path }) => path)
  return { files, added: paths(added), changed: paths(changed), removed, problem: observation?.problem?.code }
}

describe('an observation of a source', () => {
  it('contains its current files, and their differences from the files that were read', async () => {
    const changes = { added: ['c.json'], changed: [], removed: ['a.json'] }
    expect(await observed()).toEqual({ files: ['b.json', 'c.json'], ...changes, problem: undefined })
  })

  it('contains every file as changed if the list of the files that were read is lost', async () => {
    await lake.delete(MANIFEST)
    const all = { files: ['b.json', 'c.json'], added: [], changed: ['b.json', 'c.json'], removed: [] }
    expect(await observed()).toEqual({ ...all, problem: undefined })
  })

  it('contains only a problem if the source does not exist', async () => {
    await lake.delete(MANIFEST)
    rmSync(join(directory, 'input'), { recursive: true })
    expect(await observed()).toEqual({
      files: undefined,
      added: [],
      changed: [],
      removed: [],
      problem: 'source-missing',
    })
  })
})
