/**
 * What lake does next when it polls a cluster. It decides that without a clock and without calls.
 */
import { describe, expect, it } from 'vitest'
import { emrInstance } from '../../../../framework/engines/spark/emr/api/emr-instance.ts'
import { refuseReplacement } from '../../../../framework/engines/spark/emr/clusters/run-clusters.ts'
import { describeLoss } from '../../../../framework/engines/spark/emr/steps/instance-counter.ts'
import {
  afterFailure,
  afterPage,
  isGivenUp,
  NO_FAILURES,
  nextCall,
  nextListing,
  nextPauseMs,
  type PollerState,
} from '../../../../framework/engines/spark/emr/steps/next-call.ts'

const MINUTE = 60_000

const clusterIn = (state: string) => ({
  ...{ id: 'j-1', name: 'lake R', state, logUri: undefined },
  reason: { code: '', message: '' },
})

const polling = (state: string, rest: Partial<PollerState> = {}): PollerState => ({
  ...{ cluster: clusterIn(state), isEndNear: false, listsSinceDescription: 0, count: undefined },
  ...rest,
})

describe('the next call', () => {
  it.each([
    ['a cluster that starts is described', 'STARTING', {}, 'describe-cluster'],
    ['a step that is about to end has run, so the cluster has started', 'STARTING', { isEndNear: true }, 'list-steps'],
    ['steps are listed while the cluster works', 'RUNNING', { listsSinceDescription: 3 }, 'list-steps'],
    ['the cluster is described after four lists', 'RUNNING', { listsSinceDescription: 4 }, 'describe-cluster'],
    [
      'a cluster that ends is described after each list',
      'TERMINATING',
      { listsSinceDescription: 1 },
      'describe-cluster',
    ],
    ['the steps of an ended cluster are read for the last time', 'TERMINATED_WITH_ERRORS', {}, 'finish'],
    ['a state that is unknown counts as up', 'NEW_STATE', {}, 'list-steps'],
  ] as const)('%s', (_, state, rest, call) => {
    expect(nextCall(polling(state, rest), 0)).toBe(call)
  })

  const count = { isUnderway: false, lastAt: 0 }

  it('counts the instances after three minutes, and not before', () => {
    expect(nextCall(polling('RUNNING', { count }), 3 * MINUTE - 1)).toBe('list-steps')
    expect(nextCall(polling('RUNNING', { count }), 3 * MINUTE)).toBe('count-instances')
  })

  it('reads the next page of a count that has begun', () => {
    expect(nextCall(polling('RUNNING', { count: { isUnderway: true, lastAt: 0 } }), 1)).toBe('count-instances')
  })

  it.each([
    ['that starts', 'STARTING', {}],
    ['that ends', 'TERMINATING', {}],
    ['whose step is about to end', 'RUNNING', { isEndNear: true }],
  ])('counts no instances of a cluster %s', (_, state, rest) => {
    expect(nextCall(polling(state, { count, ...rest }), 60 * MINUTE)).not.toBe('count-instances')
  })
})

describe('the pause before a call', () => {
  const calm = { pauseMs: 15_000, isEndNear: false, failures: 0, jitter: 0 }

  it('has the configured length, or is up to a fifth longer', () => {
    expect(nextPauseMs(calm)).toBe(15_000)
    expect(nextPauseMs({ ...calm, jitter: 1 })).toBe(18_000)
  })

  it('is four seconds while a step is about to end, but never longer than configured', () => {
    expect(nextPauseMs({ ...calm, isEndNear: true })).toBe(4_000)
    expect(nextPauseMs({ ...calm, isEndNear: true, pauseMs: 1_000 })).toBe(1_000)
  })

  it('doubles with each failure up to two minutes, even if a step is about to end', () => {
    const pauses = [1, 2, 3, 4, 9].map((failures) => nextPauseMs({ ...calm, isEndNear: true, failures }))
    expect(pauses).toEqual([30_000, 60_000, 120_000, 120_000, 120_000])
  })
})

describe('failed calls', () => {
  it('end the steps if EMR has refused all calls for a quarter of an hour', () => {
    const first = afterFailure(NO_FAILURES, 'refused', 1_000)
    const second = afterFailure(first, 'refused', 2_000)
    expect(second).toEqual({ count: 2, refusedSince: 1_000 })
    expect(isGivenUp(second, 1_000 + 15 * MINUTE - 1)).toBe(false)
    expect(isGivenUp(second, 1_000 + 15 * MINUTE)).toBe(true)
  })

  it.each(['throttled', 'unclear'] as const)(
    'never end the steps if they are %s, and interrupt a time of refusals',
    (failure) => {
      const failures = afterFailure(afterFailure(NO_FAILURES, 'refused', 0), failure, 1)
      expect(failures).toEqual({ count: 2, refusedSince: undefined })
      expect(isGivenUp(failures, 1_000 * MINUTE)).toBe(false)
    },
  )
})

describe('the steps to list', () => {
  const ids = Array.from({ length: 11 }, (_, index) => `s-${index}`)

  it('are named by their ids if they are at most ten', () => {
    expect(nextListing(ids.slice(1), undefined)).toEqual({ kind: 'by-id', ids: ids.slice(1) })
    expect(nextListing(ids, undefined)).toEqual({ kind: 'page', sweep: { unseen: new Set(ids), marker: undefined } })
  })

  it('are searched for page after page until the run has seen all of them', () => {
    const sweep = afterPage({ unseen: new Set(['s-1', 's-2']), marker: undefined }, ['s-2', 's-9'], 'next')
    expect(sweep).toEqual({ unseen: new Set(['s-1']), marker: 'next' })
    expect(nextListing(ids, sweep)).toEqual({ kind: 'page', sweep })
    expect(afterPage({ unseen: new Set(['s-1']), marker: 'next' }, ['s-1'], 'more')).toBeUndefined()
  })

  it('are searched for from the newest on again after the last page', () => {
    expect(afterPage({ unseen: new Set(['s-1']), marker: 'next' }, ['s-9'], undefined)).toBeUndefined()
  })
})

describe('an instance', () => {
  const instance = (State: 'RUNNING' | 'TERMINATED', Code: 'INSTANCE_FAILURE' | 'CLUSTER_TERMINATED') =>
    emrInstance({
      ...{ Id: 'ci-1', Ec2InstanceId: 'i-1', InstanceType: 'm5.xlarge', Market: 'SPOT' },
      Status: { State, StateChangeReason: { Code, Message: 'Spot capacity was reclaimed' } },
    })

  it('is named with its kind and the reason if the cluster has lost it', () => {
    expect(describeLoss(clusterIn('RUNNING'), instance('TERMINATED', 'INSTANCE_FAILURE'))).toBe(
      'the cluster j-1 (lake R) has lost the spot instance i-1 (m5.xlarge): Spot capacity was reclaimed. ' +
        'The other instances do its work once more.',
    )
  })

  it('is not lost if it is up or ended together with its cluster', () => {
    expect(describeLoss(clusterIn('RUNNING'), instance('RUNNING', 'INSTANCE_FAILURE'))).toBeUndefined()
    expect(describeLoss(clusterIn('RUNNING'), instance('TERMINATED', 'CLUSTER_TERMINATED'))).toBeUndefined()
  })
})

describe('a replacement of a lost cluster', () => {
  const lost = { kind: 'lost', message: 'the master failed.' } as const

  it('is made until the attempts are used up', () => {
    expect(refuseReplacement([], 2)).toBeUndefined()
    expect(refuseReplacement([lost], 2)).toBeUndefined()
    expect(refuseReplacement([lost, lost], 2)?.message).toContain('has lost 2 of the 2 clusters')
  })

  it('is not made if it would fail in the same way', () => {
    const refusal = refuseReplacement([{ kind: 'failed', message: 'bootstrap action 1 failed.' }], 9)
    expect(refusal?.message).toBe('bootstrap action 1 failed.\nCorrect the settings of the cluster, then run again.')
  })
})
