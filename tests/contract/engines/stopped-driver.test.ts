// A Spark driver that ends while it works cancels its own jobs, and no others on the same Spark.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hadoopUris } from '../../../framework/engines/spark/protocol/hadoop-uris.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { driverPool } from '../../support/spark/open-spark.ts'
import { sharedSparkLauncher } from '../../support/spark/shared-launcher.ts'
import { oneSpark } from '../../support/spark/spark.ts'
import { SparkSql } from '../../support/spark/spark-sql.ts'

/** Takes hours. */
const ENDLESS = 'SELECT count(*) AS n FROM range(1000000) AS a CROSS JOIN range(1000000) AS b WHERE a.id < b.id'
/** Takes about a second. */
const LONG = 'SELECT count(*) AS n FROM range(3000) AS a CROSS JOIN range(3000) AS b WHERE a.id < b.id'

describe.each(oneSpark('4.1'))('on Spark $version', (environment) => {
  it('a driver that ends during a step lets the queries of other sessions go on', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lake-stopped-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const launcher = sharedSparkLauncher(environment)
    const ends: Promise<unknown>[] = []
    const watched: typeof launcher = {
      ...launcher,
      submit: async (submission) => {
        const job = await launcher.submit(submission)
        ends.push(job.ended)
        return job
      },
    }
    const jobs = driverPool(watched, { lake: localStorage(directory), uris: hadoopUris('s3a') })
    const other = await SparkSql.open(environment, {})
    onTestFinished(() => other.close())

    const statements = [{ do: 'rows' as const, sql: ENDLESS }]
    const spec = { kind: 'execute' as const, sqlSession: 'endless', begins: true, ends: true, statements }
    const signal = new AbortController().signal
    const hasBegun = new Promise<void>((resolve) => {
      jobs.run('endless', spec, { signal, progress: () => resolve() }).catch(() => undefined)
    })
    await hasBegun
    let isOver = false
    const over = jobs
      .close()
      .then(() => Promise.all(ends))
      .finally(() => {
        isOver = true
      })
    const answers: string[] = []
    while (!isOver) {
      const { rows } = await other.query(LONG)
      answers.push(String(rows[0]?.[0]))
    }
    await over
    expect(new Set(answers)).toEqual(new Set(['4498500']))
  })
})
