/**
 * Every user of the machine can read a command line. So lake gives secrets to spark-submit in a
 * private file.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { submitArguments } from '../../../framework/engines/spark/launch/spark-submit.ts'
import { handOverSecrets, withoutSecrets } from '../../../framework/engines/spark/launch/submit-secrets.ts'

const VALUE = 'planted: 5c1f=0b\\ é'
let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lake-home-'))
  mkdirSync(join(home, 'conf'))
  mkdirSync(join(home, 'bin'))
  writeFileSync(join(home, 'conf/spark-defaults.conf'), 'spark.executor.cores 3\nspark.a.token old\n')
  writeFileSync(join(home, 'bin/spark-submit'), '')
})
afterEach(() => rmSync(home, { recursive: true }))

const settings = (conf: Readonly<Record<string, string>>, args: readonly string[] = []) => ({
  ...{ program: join(home, 'bin/spark-submit'), master: 'local[1]', conf, args, env: {} },
})
const FILES = { main: 'main.py', archive: 'lake_job.zip' }
const JOB = { name: 'lake R/session/1', arguments: ['--session', 'd'] }

it('secrets are on no command line, and in a file that is deleted with the driver', async () => {
  const given = settings({ 'spark.a.token': VALUE, 'spark.sql.ansi.enabled': 'true' }, [
    '--conf',
    `spark.b.password=${VALUE}`,
    '--conf',
    'spark.c=1',
    `--conf=spark.d.secret=${VALUE}`,
    '--packages',
    'p',
  ])
  const secrets = await handOverSecrets(given, {})
  const line = submitArguments(withoutSecrets(given), FILES, { ...JOB, secrets })
  expect(line.join('\n')).not.toContain('5c1f')
  expect(line).toEqual([
    ...['--master', 'local[1]', '--deploy-mode', 'client', '--conf', 'spark.app.name=lake R/session/1'],
    ...['--conf', 'spark.sql.ansi.enabled=true', '--conf', 'spark.c=1', '--packages', 'p'],
    ...['--properties-file', secrets?.file, '--py-files', 'lake_job.zip', 'main.py', '--session', 'd'],
  ])
  const file = secrets?.file ?? ''
  expect([statSync(file).mode & 0o777, statSync(dirname(file)).mode & 0o777]).toEqual([0o600, 0o700])
  const text = readFileSync(file, 'utf8')
  const escaped = 'planted\\u003a\\u00205c1f\\u003d0b\\u005c\\u0020\\u00e9'
  expect(text).toBe(
    `spark.executor.cores 3\nspark.a.token old\n\nspark.a.token=${escaped}\nspark.b.password=${escaped}\nspark.d.secret=${escaped}\n`,
  )
  await secrets?.remove()
  expect(existsSync(dirname(file))).toBe(false)
})

it('secrets are in a file that replaces the user’s properties file, and that begins with its settings', async () => {
  writeFileSync(join(home, 'own.conf'), 'spark.own 1\n')
  const given = settings({ 'spark.a.token': VALUE }, ['--properties-file', join(home, 'own.conf'), '--verbose'])
  const secrets = await handOverSecrets(given, {})
  expect(readFileSync(secrets?.file ?? '', 'utf8')).toMatch(/^spark\.own 1\n\nspark\.a\.token=/)
  expect(withoutSecrets(given).args).toEqual(['--verbose'])
  await secrets?.remove()
})

it('no file is written if there are no secrets', async () => {
  const given = settings({ 'spark.sql.ansi.enabled': 'true' }, ['--properties-file', 'own.conf'])
  expect(await handOverSecrets(given, {})).toBeUndefined()
  expect(withoutSecrets(given)).toBe(given)
})
