// How steps and calls of EMR end, and what lake says about it.
import { describe, expect, it } from 'vitest'
import { callFailure } from '../../../../framework/engines/spark/emr/api/call-failure.ts'
import { clusterView, listedCluster } from '../../../../framework/engines/spark/emr/api/cluster-view.ts'
import { emrInstance } from '../../../../framework/engines/spark/emr/api/emr-instance.ts'
import { callError, consoleLink, logRoot } from '../../../../framework/engines/spark/emr/api/emr-messages.ts'
import { emrStep, hasEnded } from '../../../../framework/engines/spark/emr/api/emr-step.ts'
import { costText, estimateCost } from '../../../../framework/engines/spark/emr/cost/cost-estimate.ts'
import { stepOutcome } from '../../../../framework/engines/spark/emr/steps/step-outcome.ts'

const cluster = (state: string, code = '', message = '') => ({
  id: 'j-1',
  name: 'lake R',
  state,
  reason: { code, message },
  logUri: 's3n://logs/',
})

const step = (State: string) => emrStep({ Id: 's-1', Name: 'lake R/songs/1', Status: { State: State as 'FAILED' } })

function ending(state: string, of = cluster('RUNNING'), asked = false) {
  return stepOutcome(step(state), { cluster: of, region: 'eu-central-1', asked })
}

describe('the end of a step', () => {
  it.each([
    ['COMPLETED', cluster('TERMINATED'), true, 'completed'],
    ['FAILED', cluster('RUNNING'), false, 'failed'],
    ['FAILED', cluster('RUNNING'), true, 'canceled'],
    ['FAILED', cluster('TERMINATING', 'INSTANCE_FAILURE'), false, 'lost'],
    ['CANCELLED', cluster('RUNNING'), false, 'canceled'],
    ['CANCELLED', cluster('TERMINATING', 'USER_REQUEST'), false, 'lost'],
    ['CANCELLED', cluster('TERMINATED_WITH_ERRORS', 'BOOTSTRAP_FAILURE'), false, 'failed'],
    ['CANCELLED', cluster('TERMINATED', 'USER_REQUEST'), true, 'canceled'],
    ['INTERRUPTED', cluster('WAITING'), false, 'lost'],
    ['INTERRUPTED', cluster('WAITING'), true, 'canceled'],
  ])('in the state %s on a cluster that is %o, cancelled by lake: %s, is %s', (state, of, asked, kind) => {
    expect(ending(state, of, asked).kind).toBe(kind)
  })

  it('is reached in the states COMPLETED, FAILED, CANCELLED and INTERRUPTED', () => {
    const states = [
      'PENDING',
      'RUNNING',
      'CANCEL_PENDING',
      'PREPARING',
      'COMPLETED',
      'FAILED',
      'CANCELLED',
      'INTERRUPTED',
    ]
    expect(states.filter((state) => hasEnded(step(state)))).toEqual(['COMPLETED', 'FAILED', 'CANCELLED', 'INTERRUPTED'])
  })

  it('names the step, its cluster, the reason, and where to look', () => {
    expect(ending('CANCELLED', cluster('TERMINATED_WITH_ERRORS', 'BOOTSTRAP_FAILURE', 'action 1 failed'))).toEqual({
      kind: 'failed',
      message:
        'the step s-1 (lake R/songs/1) on the cluster j-1 (lake R) did not end: the cluster j-1 (lake R) is TERMINATED_WITH_ERRORS: ' +
        'action 1 failed. The log of the bootstrap action is in s3://logs/j-1/node/. See ' +
        'https://eu-central-1.console.aws.amazon.com/emr/home?region=eu-central-1#/clusterDetails/j-1',
    })
  })
})

describe('a step in an answer of EMR', () => {
  it('has the reason of its failure if EMR gives one', () => {
    const Status = { State: 'FAILED', StateChangeReason: { Message: 'it ended' } } as const
    const failure = { reason: '', message: 'it ended', logFile: undefined }
    expect(emrStep({ Id: 's-1', Status })).toEqual({ id: 's-1', name: '', state: 'FAILED', failure })
    const FailureDetails = { Reason: 'Unknown', Message: 'no memory', LogFile: 's3://logs/stderr.gz' }
    expect(emrStep({ Id: 's-1', Status: { ...Status, FailureDetails } }).failure).toEqual({
      ...{ reason: 'Unknown', message: 'no memory', logFile: 's3://logs/stderr.gz' },
    })
  })
})

describe('without an id', () => {
  const Name = 'lake R'

  it.each([
    ['a step', () => emrStep({ Name })],
    ['a listed cluster', () => listedCluster({ Name })],
    ['a described cluster', () => clusterView({ Name })],
    ['an instance', () => emrInstance({ InstanceType: 'm5.xlarge' })],
  ])('%s makes the call fail as if the answer was lost', (_, parse) => {
    const isUnclear = (error: Error) => /no Id/.test(error.message) && callFailure(error) === 'unclear'
    expect(parse).toThrow(expect.toSatisfy(isUnclear))
  })
})

describe('a call that failed', () => {
  const failed = (name: string, status?: number, message = '') =>
    Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } })

  it.each([
    [failed('ThrottlingException', 400), 'throttled'],
    [failed('Unknown', 429), 'throttled'],
    [failed('ValidationException', 400), 'refused'],
    [failed('AccessDeniedException', 403), 'refused'],
    [failed('CredentialsProviderError'), 'refused'],
    [failed('Error', undefined, 'Region is missing'), 'refused'],
    [failed('InternalServerError', 500), 'unclear'],
    [failed('TimeoutError'), 'unclear'],
    [failed('Error', undefined, 'socket hang up'), 'unclear'],
    [failed('SyntaxError', 200), 'unclear'],
  ])('with the error %s counts as %s', (error, failure) => {
    expect(callFailure(error)).toBe(failure)
  })

  it('says what to do about missing credentials', () => {
    const error = callError('EMR cannot be called', failed('CredentialsProviderError', undefined, 'No credentials'))
    expect([error.code, error.message]).toEqual([
      'config',
      'EMR cannot be called: No credentials. Log in (`aws sso login`), or set AWS_PROFILE or the variables of a key.',
    ])
  })
})

describe('links', () => {
  it.each([
    ['eu-central-1', 'https://eu-central-1.console.aws.amazon.com/emr/home?region=eu-central-1#/clusterDetails/j-1'],
    ['cn-north-1', 'https://cn-north-1.console.amazonaws.cn/emr/home?region=cn-north-1#/clusterDetails/j-1'],
  ])('to the %s lead to its console', (region, link) => {
    expect(consoleLink(region, 'j-1')).toBe(link)
  })

  it.each(['s3n://logs/emr/', 's3a://logs/emr', 's3://logs/emr//'])('to logs at %s have one form', (uri) => {
    expect(logRoot(uri)).toBe('s3://logs/emr')
  })
})

describe('the estimate of a cost', () => {
  const instances = [
    { instanceType: 'm5.xlarge', count: 3 },
    { instanceType: 'r7g.xlarge', count: 1 },
  ]

  it('is instances times hours times price, and says that it is an estimate', () => {
    const estimate = estimateCost(instances, 90 * 60_000, { 'm5.xlarge': 0.24, 'r7g.xlarge': 0.3 })
    expect(estimate).toEqual({ kind: 'estimate', dollars: 1.53, unpriced: [] })
    expect(costText(estimate)).toBe('about $1.53 (estimate)')
  })

  it('names the instance types that it leaves out', () => {
    expect(costText(estimateCost(instances, 3_600_000, { 'm5.xlarge': 0.24 }))).toBe(
      'about $0.72 (estimate, without r7g.xlarge)',
    )
    expect(costText(estimateCost(instances, 3_600_000, {}))).toBeUndefined()
  })
})
