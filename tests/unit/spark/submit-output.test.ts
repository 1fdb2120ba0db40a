/** What lake says of a spark-submit that failed: the error, and the end of the output. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sparkSubmitLauncher } from '../../../framework/engines/spark/launch/spark-submit.ts'
import { temporaryDirectory } from '../../support/programs/lake-process.ts'

/** Runs a program in place of spark-submit, and returns the lines of lake's message. */
async function messageAfter(script: string): Promise<readonly string[]> {
  const directory = temporaryDirectory()
  const [program, archive] = [join(directory, 'spark-submit'), join(directory, 'lake_job.zip')]
  writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  writeFileSync(archive, '')
  const settings = { program, master: 'local[1]', conf: {}, args: [], env: {} }
  const launcher = sparkSubmitLauncher(settings, { main: 'main.py', archive })
  const end = await (await launcher.submit({ name: 'lake R/session/1', arguments: [] })).ended
  await launcher.close()
  return end.kind === 'failed' ? end.message.split('\n  ') : []
}

const INFO = 'for n in $(seq 20); do echo "26/11/30 12:00:00 INFO SparkContext: line $n"; done'

it('the message begins with the first error if Spark printed much after it', async () => {
  const error = '26/11/30 12:00:00 ERROR SparkUncaughtExceptionHandler: Uncaught exception in thread T'
  const lines = await messageAfter(
    `${INFO}; echo "${error}"; echo java.lang.StackOverflowError; echo ' at a'; ${INFO}; exit 50`,
  )
  expect(lines.slice(0, 4)).toEqual([
    'spark-submit ended with status 50',
    error,
    'java.lang.StackOverflowError',
    '26/11/30 12:00:00 INFO SparkContext: line 6',
  ])
  expect(lines).toHaveLength(18)
})

it('the message consists of the last lines if no line is an error', async () => {
  const lines = await messageAfter(`${INFO}; echo '26/11/30 12:00:00 ERROR Last: no'; exit 1`)
  expect(lines).toHaveLength(16)
  expect(lines.at(-1)).toBe('26/11/30 12:00:00 ERROR Last: no')
})
