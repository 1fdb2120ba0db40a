import { LakeError } from '../errors.ts'
import type { Places } from '../observe/observe.ts'
import type { FirstFiles } from '../storage/s3-account.ts'
import type { Storage } from '../storage/storage.ts'
import { answerTo, type Check, type Finding, failed, ok, warning } from './check.ts'

/** Whether the files of each source can be listed and read. */
export function sourceChecks(places: Places, keys: readonly string[]): Promise<readonly Check[]> {
  const unanswered = 'Check the network, AWS_REGION and AWS_ENDPOINT_URL_S3.'
  return Promise.all(
    keys.map((key) => answerTo({ name: `source ${key}`, ask: () => readable(places.source(key)), unanswered })),
  )
}

async function readable(source: Storage): Promise<Finding> {
  const { uri } = source
  if (!(await source.exists())) {
    return failed(
      `${uri} is not there`,
      'Put its files there, or say where they are: --input, --source, or the profile.',
    )
  }
  const { path, count, more } = await someFiles(source)
  if (path === undefined) {
    return warning(
      `${uri} has no files`,
      'Put its files there, or say where they are: --input, --source, or the profile.',
    )
  }
  await readFirst(source, path)
  const number = `${count} ${count === 1 ? 'file' : 'files'}${more ? ' and more' : ''}`
  return ok(`${uri}: ${number}, and one of them was read`)
}

async function someFiles(source: Storage): Promise<FirstFiles> {
  if (source.uri.startsWith('s3://')) {
    const { firstFiles } = await import('../storage/s3-account.ts')
    return firstFiles(source.uri)
  }
  const files = await source.list('')
  return { path: files[0]?.path, count: files.length, more: false }
}

async function readFirst(source: Storage, path: string): Promise<void> {
  const opened = await source.stream(path)
  if (!opened) throw new LakeError('storage', `${source.locate(path)} is listed, and not there. Run lake doctor again.`)
  for await (const _ of opened.chunks) break
}
