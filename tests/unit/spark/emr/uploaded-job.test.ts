/**
 * A cluster runs the program in the lake, so lake compares that program with its own before each
 * submission.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { emrLauncher } from '../../../../framework/engines/spark/emr/emr-launcher.ts'
import { uploadJob, verifyJob } from '../../../../framework/engines/spark/emr/upload-job.ts'
import { localStorage } from '../../../../framework/storage/local/local-storage.ts'

const FILES = [
  { name: 'main.py', body: 'import rows' },
  { name: 'rows.py', body: 'x = 1' },
]

function lake() {
  const directory = mkdtempSync(join(tmpdir(), 'lake-job-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return localStorage(directory)
}

it('the program in the lake is accepted unchanged', async () => {
  const storage = lake()
  await uploadJob(storage, FILES)
  await expect(verifyJob(storage, FILES)).resolves.toBeUndefined()
})

it.each([
  ['changed', 'x = 2'],
  ['longer', 'x = 1\ny = 2'],
  ['empty', ''],
])('the program in the lake is refused, with the name of the file, if a file is %s', async (_, body) => {
  const storage = lake()
  const { pyFiles } = await uploadJob(storage, FILES)
  const [path = ''] = pyFiles
  await storage.put(path.slice(storage.uri.length + 1), body)
  // lake does not replace an existing file, because a running job can be reading it.
  await uploadJob(storage, FILES)
  await expect(verifyJob(storage, FILES)).rejects.toThrow(`${path} is not the program that lake uploaded`)
})

it('the program in the lake is refused if a file is missing', async () => {
  await expect(verifyJob(lake(), FILES)).rejects.toThrow('is not the program')
})

it('a changed program in the lake prevents every submission', async () => {
  const storage = lake()
  const nothing = { record: async () => 'recorded' as const, read: async () => undefined }
  const owners = { put: async () => undefined, all: async () => [], delete: async () => undefined }
  const launcher = emrLauncher(
    { region: 'eu-central-1' },
    {
      ...{
        runId: 'R',
        job: await uploadJob(storage, FILES),
        lakeUri: storage.uri,
        adoptedRuns: [],
        notify: () => undefined,
      },
      ...{ intents: nothing, owners, verifyJob: () => verifyJob(storage, [{ name: 'main.py', body: 'other' }]) },
    },
  )
  await expect(launcher.submit({ name: 'lake R/session/1', arguments: [] })).rejects.toThrow('is not the program')
  await launcher.close()
})
