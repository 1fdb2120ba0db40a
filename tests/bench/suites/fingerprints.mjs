/** Measures what the fingerprints of a lake's files cost. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'

const FRAMEWORK = fileURLToPath(new URL('../../../framework', import.meta.url))

/**
 * The CPU seconds of fingerprinting every data file of a lake's tables, as an engine does it when
 * it writes them.
 */
export async function fingerprintSeconds(tables) {
  const jiti = createJiti(import.meta.url, { jsx: true, alias: { lake: join(FRAMEWORK, 'index.ts') } })
  const load = (file) => jiti.import(join(FRAMEWORK, file))
  const { DuckDbEngine } = await load('engines/duckdb/duckdb-engine.ts')
  const { defaultSettings } = await load('engines/duckdb/duckdb-session.ts')
  const { openProject } = await load('cli/project/project.ts')
  const { readSnapshot } = await load('delta/snapshot.ts')
  const scratch = mkdtempSync(join(tmpdir(), 'lake-bench-'))
  const engine = new DuckDbEngine(defaultSettings(), scratch)
  const { graph, storages } = await openProject({ lake: tables }, fileURLToPath(new URL('../../..', import.meta.url)))
  const files = new Map()
  for (const { key } of graph.assets) {
    const snapshot = await readSnapshot(storages.lake, key)
    files.set(
      key,
      [...snapshot.files.values()].map(({ path }) => storages.lake.locate(`${key}/${path}`)),
    )
  }
  const pass = async () => {
    for (const asset of graph.assets) await engine.fingerprints(asset, files.get(asset.key))
  }
  // The engine opens in the first pass.
  await pass()
  const before = process.cpuUsage()
  await pass()
  const { user, system } = process.cpuUsage(before)
  await engine.close()
  rmSync(scratch, { recursive: true, force: true })
  return (user + system) / 1e6
}
