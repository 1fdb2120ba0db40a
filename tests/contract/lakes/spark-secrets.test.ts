/**
 * A secret setting reaches a real Spark, but neither the command line of a process nor an error
 * message contains it.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { jobFiles } from '../../../framework/engines/spark/launch/job-files.ts'
import { sparkSubmitLauncher } from '../../../framework/engines/spark/launch/spark-submit.ts'
import { hideSecret } from '../../../framework/text/redact.ts'
import { sparkEnvironments } from '../../support/spark/spark.ts'
import { submitSettings } from '../../support/spark/submit-settings.ts'

const VALUE = 'planted 5c1f:0b=é'

/**
 * A driver that records the settings that Spark and Hadoop got, and the processes that show them.
 * It then prints the record and fails.
 */
const PROGRAM = `
import glob, json, sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
given = spark.sparkContext.getConf().get("spark.hadoop.lake.test.secret")
hadoop = spark.sparkContext._jsc.hadoopConfiguration().get("lake.test.secret")
def line(file):
    try:
        return open(file, "rb").read().decode("utf-8", "replace")
    except OSError:
        return ""
shown = [file for file in glob.glob("/proc/[0-9]*/cmdline") if "5c1f" in line(file)]
with open(sys.argv[1], "w") as out:
    json.dump({"given": given, "hadoop": hadoop, "shown": shown}, out)
print("spark.hadoop.lake.test.secret=5c1f", file=sys.stderr)
raise Exception("it has " + given)
`

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lake-secrets-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('lake-submit-'))

describe.each(sparkEnvironments())('on Spark $version', (environment) => {
  it('the driver gets a secret setting, and no command line shows the secret', async () => {
    hideSecret(VALUE)
    writeFileSync(join(directory, 'main.py'), PROGRAM)
    const settings = submitSettings(environment)
    const conf = { ...settings.conf, 'spark.hadoop.lake.test.secret': VALUE }
    const files = { ...jobFiles(), main: join(directory, 'main.py') }
    const before = left()
    const launcher = sparkSubmitLauncher({ ...settings, conf }, files)
    const job = await launcher.submit({ name: 'lake R/session/1', arguments: [join(directory, 'found.json')] })
    const end = await job.ended
    await launcher.close()
    expect(end.kind).toBe('failed')
    const message = end.kind === 'completed' ? '' : end.message
    expect(message).toContain('it has (redacted)')
    expect(message).not.toContain('5c1f')
    expect(existsSync(join(directory, 'found.json')), message).toBe(true)
    const found = JSON.parse(readFileSync(join(directory, 'found.json'), 'utf8'))
    expect(found).toEqual({ given: VALUE, hadoop: VALUE, shown: [] })
    expect(left()).toEqual(before)
  })
})
