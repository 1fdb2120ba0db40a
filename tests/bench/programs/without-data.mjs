// usage: node without-data.mjs STEP COUNT DIRECTORY
// Runs a step of lake's own code over a synthesised listing of a source, or over the synthesised
// log of a table, without any data. Prints what the step found. The steps are below.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'

const FRAMEWORK = fileURLToPath(new URL('../../../framework', import.meta.url))
const FILES_A_DIRECTORY = 1_000
const FILES_A_COMMIT = 50_000
const MANIFEST = '_lake/sources/readings/manifest.json.gz'
const TABLE = 'parts'
const TIME = Date.UTC(2026, 0)

const [step, counted, directory] = process.argv.slice(2)
const count = Number(counted)
const jiti = createJiti(import.meta.url, { alias: { lake: join(FRAMEWORK, 'index.ts') } })
const load = (file) => jiti.import(join(FRAMEWORK, file))
const { localStorage } = await load('storage/local/local-storage.ts')
const lake = localStorage(directory)

const STEPS = {
  'manifest written': async () => {
    const { Manifest } = await load('ingest/manifest.ts')
    const body = Manifest.of(Array.from({ length: count }, (_, id) => ({ ...file(id), rows: 1, rejected: 0 }))).encode()
    await lake.put(MANIFEST, body)
    return `${body.length} bytes`
  },
  'manifest read, and compared with a listing in which one file changed': async () => {
    const { Manifest } = await load('ingest/manifest.ts')
    const { PackedFiles, compareFiles, packedDirectory } = await load('storage/packed-files.ts')
    const manifest = await Manifest.read(lake, MANIFEST, 'readings')
    const listed = []
    for (let from = 0; from < count; from += FILES_A_DIRECTORY) {
      const files = Array.from({ length: FILES_A_DIRECTORY }, (_, index) => file(from + index, from + index === 7))
      listed.push(packedDirectory(directoryOf(from), files))
    }
    const { added, changed, removed } = compareFiles(manifest.files, new PackedFiles(listed))
    return `${added.length} added, ${changed.length} changed, ${removed.length} removed`
  },
  'log written': async () => {
    const { commit } = await load('delta/commit.ts')
    for (let from = 0; from < count; from += FILES_A_COMMIT) {
      const adds = Array.from({ length: Math.min(FILES_A_COMMIT, count - from) }, (_, index) => dataFile(from + index))
      const version = from / FILES_A_COMMIT
      const readVersion = version === 0 ? undefined : version - 1
      const actions = version === 0 ? { metadata: METADATA, adds } : { adds }
      await commit(lake, TABLE, { readVersion, actions, commitInfo: COMMIT_INFO })
    }
    return `${Math.ceil(count / FILES_A_COMMIT)} commits`
  },
  'log read': async () => `${(await snapshot()).files.size} files`,
  'checkpoint written': async () => {
    const { writeCheckpoint } = await load('delta/checkpoint/checkpoint.ts')
    const { version, protocol, metadata, files } = await snapshot()
    const none = { removes: [], transactions: [], domains: [] }
    await writeCheckpoint({ storage: lake, table: TABLE }, version, {
      protocol,
      metadata,
      adds: [...files.values()],
      ...none,
    })
    return `version ${version}`
  },
  'log read from its checkpoint': async () => `${(await snapshot()).files.size} files`,
}

async function snapshot() {
  const { readSnapshot } = await load('delta/snapshot.ts')
  return readSnapshot(lake, TABLE)
}

/** A file of the source, in the form of a listing of S3. */
function file(id, changed = false) {
  const etag = `"${(id + (changed ? 1 : 0)).toString(16).padStart(8, '0').repeat(4)}"`
  return { path: `${directoryOf(id)}${String(id % FILES_A_DIRECTORY).padStart(4, '0')}.json`, size: 250, etag }
}

const directoryOf = (id) => `part-${String(Math.floor(id / FILES_A_DIRECTORY)).padStart(5, '0')}/`

/** A data file with statistics and a fingerprint, as lake writes them. */
function dataFile(id) {
  const part = String(id)
  const name = id.toString(16).padStart(12, '0')
  const columns = { id: name.padStart(16, 'a'), part: name.padStart(16, 'b') }
  return {
    path: `part=${part}/part-${name}-0000-4000-8000-000000000000.parquet`,
    partitionValues: { part },
    size: 500,
    modificationTime: TIME,
    stats: JSON.stringify({ numRecords: 1, minValues: { id }, maxValues: { id }, nullCount: { id: 0 } }),
    tags: { lake: JSON.stringify({ algorithm: 'duckdb hash(row)', rows: 1, columns }) },
  }
}

const column = (name, kind) => ({ name, type: { kind }, nullable: false })
const METADATA = {
  id: '00000000-0000-4000-8000-000000000000',
  columns: [column('id', 'bigint'), column('part', 'int')],
  partitionColumns: ['part'],
  createdTime: TIME,
  configuration: {},
}
const COMMIT_INFO = { timestamp: TIME, operation: 'WRITE', engineInfo: 'bench', lake: {} }

process.stdout.write(`${await STEPS[step]()}\n`)
