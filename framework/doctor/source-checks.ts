/** Checks whether the files of a source can be listed and read. */
import { LakeError } from '../errors.ts'
import type { ResolvedSource } from '../graph/resolved-asset.ts'
import type { PatternsByRoot, ProjectStorages } from '../observe/observe.ts'
import { listSource } from '../observe/sources/list-source.ts'
import { sortSourceFiles } from '../observe/sources/source-files.ts'
import { ignoredWarning } from '../observe/sources/source-warnings.ts'
import { isLocal } from '../storage/is-local.ts'
import { PackedFiles } from '../storage/packed-files.ts'
import type { FirstFiles } from '../storage/s3/s3-account.ts'
import type { Storage } from '../storage/storage.ts'
import { printableLine } from '../text/printable.ts'
import { answerProbe, type Diagnosis, type Finding, failed, ok, warning } from './check.ts'

/** Also reports files that no source reads. */
export function sourceCheck(
  storages: ProjectStorages,
  source: ResolvedSource,
  patterns: PatternsByRoot,
): Promise<Diagnosis> {
  return answerProbe({
    name: `source ${source.key}`,
    ask: () => readable(storages.source(source.key), source, patterns),
    unanswered: 'Check the network, AWS_REGION and AWS_ENDPOINT_URL_S3.',
  })
}

const PUT_FILES = 'Put its files there, or configure where they are: --input, --source, or the profile.'
const MATCH_FILES =
  'Give the source a pattern that matches them, or move them away. Without a change, lake does not read them.'

async function readable(storage: Storage, source: ResolvedSource, patterns: PatternsByRoot): Promise<Finding> {
  const { uri } = storage
  const { pattern, format } = source.declared
  if (!(await storage.exists())) return failed(`${uri} does not exist`, PUT_FILES)
  if (format.kind === 'delta') return readableTable(storage, source)
  const { files: listed, more } = await someFiles(storage)
  const found = sortSourceFiles(PackedFiles.of(listed), pattern, patterns.get(uri))
  const [ignored] = ignoredWarning(pattern, found)
  const [first] = found.files.list()
  if (first === undefined) {
    if (listed.length === 0)
      return warning(isLocal(storage) ? `${uri} has no files` : `${uri}/ has no objects`, PUT_FILES)
    if (more) return warning(`${uri}: none of its first ${listed.length} objects is read`, MATCH_FILES)
    return warning(`${uri}: ${ignored ?? 'all of its files are hidden, so lake reads none'}`, MATCH_FILES)
  }
  await readFirst(storage, first.path)
  const { count } = found.files
  const text = `${uri}: ${count} ${count === 1 ? 'file' : 'files'}${more ? ' and more' : ''}, and one of them was read`
  return ignored === undefined ? ok(text) : warning(`${text}; ${ignored}`, MATCH_FILES)
}

async function readableTable(storage: Storage, source: ResolvedSource): Promise<Finding> {
  const { files, table } = await listSource(storage, source, { known: () => [], patternsHere: undefined })
  const [first] = files.list()
  const text = `${storage.uri}: version ${table?.version} of a Delta table`
  if (!first) return ok(`${text}, without rows`)
  await readFirst(storage, first.path)
  return ok(`${text}, ${files.count} ${files.count === 1 ? 'file' : 'files'}, and one of them was read`)
}

async function someFiles(source: Storage): Promise<FirstFiles> {
  if (source.uri.startsWith('s3://')) {
    const { firstFiles } = await import('../storage/s3/s3-account.ts')
    return firstFiles(source.uri)
  }
  return { files: await source.list(''), more: false }
}

async function readFirst(source: Storage, path: string): Promise<void> {
  const opened = await source.stream(path)
  if (!opened)
    throw new LakeError('storage', {
      problem: `${printableLine(source.locate(path))} is listed, but does not exist`,
      remedy: 'Run `lake doctor` again.',
    })
  for await (const _ of opened.chunks) break
}
