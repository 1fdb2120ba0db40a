// How `lake doctor` shows what it found.
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { sourceText } from '../../../framework/doctor/aws-checks.ts'
import {
  answerProbe,
  answerProbes,
  type Diagnosis,
  failed,
  notChecked,
  ok,
  warning,
} from '../../../framework/doctor/check.ts'
import { nodeFinding } from '../../../framework/doctor/embedded-checks.ts'
import {
  clusterReleaseFinding,
  concurrencyFinding,
  pricesFinding,
  releaseFinding,
  rolesFinding,
} from '../../../framework/doctor/emr-findings.ts'
import { s3aFinding, sparkFinding } from '../../../framework/doctor/spark-checks.ts'
import { LakeError } from '../../../framework/errors.ts'
import { doctorDocument, doctorText } from '../../../framework/report/doctor-text.ts'
import { page } from '../report/sample.ts'

const CHECKS: readonly Diagnosis[] = [
  { name: 'Node', ...ok('20.20.2') },
  { name: 'lake', ...failed('the bucket music does not exist.', 'Make it, or correct the URI.') },
  { name: 'lake write', ...notChecked('"lake" has to be ok first') },
  {
    name: 'EMR prices',
    ...warning('none: lake estimates no costs', "Add them: prices: { 'm5.xlarge': 0.24 }"),
  },
]

describe('the text of lake doctor', () => {
  it('has one line for each check, the remedy below it, and a count at the end', () => {
    expect(doctorText(CHECKS, page()).split('\n')).toMatchInlineSnapshot(`
      [
        "check       status       found",
        "Node        ok           20.20.2",
        "lake        failed       the bucket music does not exist.",
        "                         -> Make it, or correct the URI.",
        "lake write  not checked  "lake" has to be ok first",
        "EMR prices  warning      none: lake estimates no costs",
        "                         -> Add them: prices: { 'm5.xlarge': 0.24 }",
        "",
        "4 checks: 1 ok, 1 warning, 1 failed, 1 not checked",
      ]
    `)
  })

  it('wraps its lines in a narrow terminal', () => {
    expect(doctorText(CHECKS.slice(3), page(48)).split('\n')).toMatchInlineSnapshot(`
      [
        "check       status   found",
        "EMR prices  warning  none: lake estimates no",
        "                     costs",
        "                     -> Add them: prices: {",
        "                     'm5.xlarge': 0.24 }",
        "",
        "1 check: 1 warning",
      ]
    `)
  })

  it('does not let foreign text control the terminal', () => {
    expect(doctorText([{ name: 'DuckDB', ...ok('\u001b[2J') }], page())).not.toContain('\u001b')
  })
})

describe('the document of lake doctor', () => {
  it('has the same four fields for every check', () => {
    expect(doctorDocument(CHECKS).checks.map(Object.keys)).toEqual(
      CHECKS.map(() => ['name', 'status', 'found', 'remedy']),
    )
    expect(doctorDocument(CHECKS).checks[0]).toEqual({ name: 'Node', status: 'ok', found: '20.20.2', remedy: null })
  })
})

describe('a check', () => {
  it('fails if it never answers', async () => {
    const check = await answerProbe({ name: 'EMR', ask: () => new Promise(() => undefined), patience: 5 })
    expect(check).toEqual({
      name: 'EMR',
      status: 'failed',
      found: 'no answer came within 0.005 s',
      remedy: 'Try again later.',
    })
  })

  it('that fails has the error as its result, and the remedy in its own field', async () => {
    const ask = () =>
      Promise.reject(
        new LakeError('storage', { problem: 'Cannot list s3://b: no bucket b exists', remedy: 'Make it.' }),
      )
    expect(await answerProbe({ name: 'lake', ask })).toEqual({
      name: 'lake',
      status: 'failed',
      found: 'Cannot list s3://b: no bucket b exists.',
      remedy: 'Make it.',
    })
  })

  it('does not run if the result of an earlier check makes it pointless', async () => {
    const asked: string[] = []
    const question = (name: string, finding = ok('')) => ({
      name,
      ask: async () => {
        asked.push(name)
        await delay(0)
        return finding
      },
    })
    const checks = await answerProbes([question('write', failed('no', 'Do.')), question('read')])
    expect(asked).toEqual(['write'])
    expect(checks[1]).toEqual({
      name: 'read',
      status: 'not checked',
      found: '"write" has to be ok first',
      remedy: null,
    })
  })
})

describe('a failure', () => {
  it('has the problem and the remedy of its error in separate fields', async () => {
    const error = new LakeError('config', { problem: 'no bucket a.b-c exists', remedy: 'Make it. Or name another.' })
    const ask = () => Promise.reject(error)
    expect(await answerProbe({ name: 'read', ask })).toMatchObject({
      status: 'failed',
      found: 'no bucket a.b-c exists.',
      remedy: 'Make it. Or name another.',
    })
  })

  it('has a remedy even if its error has none', async () => {
    const ask = () => Promise.reject(new LakeError('config', { problem: 'it is so' }))
    expect((await answerProbe({ name: 'read', ask })).remedy).toBe('Correct it, then run `lake doctor` again.')
  })
})

describe('the findings of doctor', () => {
  it('require a version of Node that works', () => {
    expect([nodeFinding('20.19.0'), nodeFinding('22.1.0')].map(({ status }) => status)).toEqual(['ok', 'ok'])
    expect([nodeFinding('20.18.3'), nodeFinding('18.20.4')].map(({ status }) => status)).toEqual(['failed', 'failed'])
  })

  it('say where credentials come from, and how long they last', () => {
    const expiresAt = new Date('2026-11-24T20:15:00Z')
    expect(sourceText({ kind: 'profile', profile: 'music', method: 'sso', expiresAt })).toBe(
      'from the AWS profile music, by single sign-on, until 2026-11-24 20:15 UTC',
    )
    expect(sourceText({ kind: 'machine' })).toBe('from the role of this machine')
  })

  it('warn of a version of Spark with which lake was not tested, and of a Java that is too new for Spark', () => {
    expect(sparkFinding('3.5.9', '17.0.15').status).toBe('ok')
    expect(sparkFinding('3.4.1', '17.0.15')).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('3.4.1'),
    })
    expect(sparkFinding('4.1.4', '25')).toMatchObject({ status: 'warning', remedy: expect.stringContaining('Java 17') })
    expect(s3aFinding('/spark/jars/hadoop-aws-3.3.4.jar').status).toBe('ok')
  })

  it('refuse releases whose Spark is too old, and clusters without Spark', () => {
    expect(releaseFinding('emr-7.14.0', '3.5.6')).toMatchObject({ status: 'ok', found: 'emr-7.14.0, with Spark 3.5.6' })
    expect(releaseFinding('emr-spark-8.1.0', undefined).status).toBe('ok')
    expect(releaseFinding('emr-6.15.0', undefined).status).toBe('failed')
    const cluster = { id: 'j-1', name: 'a', state: 'WAITING', release: 'emr-7.14.0', stepConcurrency: 1 }
    expect(clusterReleaseFinding({ ...cluster, hasSpark: false }).status).toBe('failed')
    expect(concurrencyFinding({ ...cluster, hasSpark: true }, { kind: 'emr' })).toMatchObject({
      status: 'warning',
      remedy: 'To run more at once: aws emr modify-cluster --cluster-id j-1 --step-concurrency-level 4',
    })
    expect(concurrencyFinding({ ...cluster, hasSpark: true }, { kind: 'emr', granularity: 'session' }).status).toBe(
      'ok',
    )
  })

  it('name the roles that doctor cannot check, by their names in IAM', () => {
    const roles = { serviceRole: 'arn:aws:iam::123456789012:role/lake-emr', instanceProfile: 'EMR_EC2_DefaultRole' }
    expect(rolesFinding({ ...roles, release: '', logUri: undefined, instanceTypes: [] })).toMatchObject({
      status: 'not checked',
      remedy: expect.stringContaining('get-role --role-name lake-emr;'),
    })
  })

  it('name the instance types for which the config has no price', () => {
    expect(pricesFinding({ prices: { 'm5.xlarge': 0.24 } }, ['m5.xlarge']).status).toBe('ok')
    expect(pricesFinding({ prices: { 'm5.xlarge': 0.24 } }, ['m5.xlarge', 'm6a.xlarge'])).toMatchObject({
      status: 'warning',
      found: 'none for m6a.xlarge',
    })
    expect(pricesFinding({}, ['m5.xlarge']).found).toBe('none: lake estimates no costs')
  })
})
