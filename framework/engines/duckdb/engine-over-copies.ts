/** Lets the embedded engine work on a remote lake, through local copies of its files. */
import type { CompareRequest, Comparison } from '../../engine/compare.ts'
import type { DataFile, InputTable } from '../../engine/data-file.ts'
import type { LocalEngine } from '../../engine/engine.ts'
import type { AffectedRequest } from '../../engine/increment.ts'
import type { LocalCopies } from '../../storage/storage.ts'
import { pathOfLiteral } from './sql.ts'

/**
 * Replaces the lake's locations in requests by the paths of local copies, and the paths in results
 * by the lake's locations. Fetches a copy when a statement names it.
 */
export function overCopies(engine: LocalEngine, copies: LocalCopies): LocalEngine {
  const files = (locations: readonly string[]) => locations.map(copies.pathOf)
  const table = (one: InputTable): InputTable => ({ ...one, files: files(one.files) })
  const tables = (named: ReadonlyMap<string, InputTable>) => new Map([...named].map(([key, one]) => [key, table(one)]))
  const inputs = (request: AffectedRequest) => inputsOfCopies(request, copies, table)
  const takeUp = engine.recover?.bind(engine)
  const merge = engine.mergeRows?.bind(engine)
  return {
    name: engine.name,
    build: (request) =>
      engine.build({ ...request, inputs: tables(request.inputs), referenced: tables(request.referenced) }),
    increment: async (request) => {
      const result = await engine.increment({ ...request, ...inputs(request) })
      if (result.kind !== 'followed') return result
      const marked = result.marked.map((rows) => ({ ...rows, location: copies.locationOf(rows.location) }))
      return { ...result, marked, replaced: result.replaced.map(copies.locationOf) }
    },
    preview: (request) => engine.preview({ ...request, ...inputs(request) }),
    check: (request) =>
      engine.check({ ...request, current: table(request.current), referenced: tables(request.referenced) }),
    ingest: (request) => engine.ingest({ ...request, rewritten: table(request.rewritten) }),
    ...(takeUp && { recover: (request) => takeUp({ ...request, files: files(request.files) }) }),
    ...(merge && {
      mergeRows: async (request) => {
        const result = await merge({ ...request, current: table(request.current), merged: files(request.merged) })
        return { ...result, replaced: result.replaced.map(copies.locationOf) }
      },
    }),
    fingerprintAlgorithm: (primaryKey) => engine.fingerprintAlgorithm(primaryKey),
    fingerprints: (asset, locations, rows) => engine.fingerprints(asset, files(locations), rows),
    compare: async (request) => comparisonInLake(await engine.compare(comparedCopies(request)), copies),
    unreadableFile: async (locations, error) => {
      const found = await engine.unreadableFile?.(files(locations), error)
      return found && { ...found, file: copies.locationOf(found.file) }
    },
    close: () => engine.close(),
  }

  function comparedCopies(request: CompareRequest): CompareRequest {
    const { before, after, searched } = request
    return { ...request, before: table(before), after: table(after), ...(searched && { searched: files(searched) }) }
  }
}

function inputsOfCopies(
  request: AffectedRequest,
  { pathOf }: LocalCopies,
  table: (one: InputTable) => InputTable,
): Pick<AffectedRequest, 'current' | 'inputs' | 'referenced'> {
  const files = (some: readonly DataFile[]) => some.map((file) => ({ ...file, location: pathOf(file.location) }))
  return {
    current: files(request.current),
    inputs: new Map(
      [...request.inputs].map(([alias, input]) => [
        alias,
        { ...input, before: files(input.before), after: files(input.after) },
      ]),
    ),
    referenced: new Map(
      [...request.referenced].map(([key, referenced]) => [key, { ...referenced, table: table(referenced.table) }]),
    ),
  }
}

function comparisonInLake(comparison: Comparison, { locationOf }: LocalCopies): Comparison {
  const sample = comparison.sample.map((difference) =>
    difference.change === 'changed'
      ? difference
      : { ...difference, found: difference.found.map((found) => ({ ...found, file: locationOf(found.file) })) },
  )
  return { ...comparison, sample }
}

const TEXT = /'((?:[^']|'')*)'/g

/** Fetches the lake's files whose copies the statement names. */
export async function fetchNamed(copies: LocalCopies, sql: string): Promise<void> {
  const locations: string[] = []
  for (const [, text = ''] of sql.matchAll(TEXT)) {
    const path = pathOfLiteral(text.replaceAll("''", "'"))
    const location = path.startsWith('/') ? copies.locationOf(path) : path
    if (location !== path) locations.push(location)
  }
  if (locations.length > 0) await copies.fetch(locations)
}
