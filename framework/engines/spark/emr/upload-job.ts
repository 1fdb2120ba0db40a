/** Uploads the PySpark job into the lake, and verifies it before a cluster runs it. */
import { createHash } from 'node:crypto'
import { LakeError } from '../../../errors.ts'
import type { Storage } from '../../../storage/storage.ts'
import { TooLarge } from '../../../storage/storage-error.ts'

const DIRECTORY = '_lake/spark/job'
const MAIN = 'main.py'

export interface JobFile {
  /** `main.py` is the program. It imports the other files. */
  readonly name: string
  readonly body: Uint8Array | string
}

/** The URIs at which a cluster finds the job. */
export interface UploadedJob {
  readonly main: string
  readonly pyFiles: readonly string[]
}

/**
 * The path contains the hash of all files, so that a job is stored once and a running job is never
 * replaced.
 */
export async function uploadJob(lake: Storage, files: readonly JobFile[]): Promise<UploadedJob> {
  const paths = jobPaths(files)
  await Promise.all(files.map(({ body }, index) => lake.putIfAbsent(paths[index] ?? '', body)))
  return jobAt(lake, paths)
}

/**
 * Throws `engine-failed` if a file of the job in the lake differs from the one that lake ships.
 * Anyone who can write to the lake can have replaced it, and a cluster would run it with the
 * cluster's rights.
 */
export async function verifyJob(lake: Storage, files: readonly JobFile[]): Promise<void> {
  const paths = jobPaths(files)
  await Promise.all(
    files.map(async ({ body }, index) => {
      const path = paths[index] ?? ''
      const expected = Buffer.from(body)
      const stored = await lake.read(path, expected.length).catch((error: unknown) => {
        if (error instanceof TooLarge) return undefined
        throw error
      })
      if (stored && expected.equals(stored.body)) return
      throw new LakeError('engine-failed', {
        problem: `${lake.locate(path)} is not the program that lake uploaded. Nothing was submitted`,
        remedy: 'Find out who can write to the lake, remove the file, and run the command again.',
      })
    }),
  )
}

/** Where `uploadJob` puts the files. They need not exist yet. */
export function uploadedJob(lake: Storage, files: readonly JobFile[]): UploadedJob {
  return jobAt(lake, jobPaths(files))
}

function jobPaths(files: readonly JobFile[]): readonly string[] {
  if (!files.some(({ name }) => name === MAIN)) throw new Error(`a job has a ${MAIN}`)
  const hash = createHash('sha256')
  for (const { name, body } of files.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const bytes = Buffer.from(body)
    hash.update(`${name.length}:${name}${bytes.length}:`).update(bytes)
  }
  const directory = `${DIRECTORY}/${hash.digest('hex').slice(0, 32)}`
  return files.map(({ name }) => `${directory}/${name}`)
}

function jobAt(lake: Storage, paths: readonly string[]): UploadedJob {
  const [main = ''] = paths.filter((path) => path.endsWith(`/${MAIN}`))
  return { main: lake.locate(main), pyFiles: paths.filter((path) => path !== main).map((path) => lake.locate(path)) }
}
