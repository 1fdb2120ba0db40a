// The JSON of a step, in run events and in `lake plan --json`.
import { expect, it } from 'vitest'
import type { StepEstimate } from '../../../framework/plan/estimate.ts'
import type { PlanStep } from '../../../framework/plan/plan.ts'
import { estimatedStepDocument, stepDocument } from '../../../framework/plan/step-document.ts'

const REBUILT: PlanStep = {
  ...{ asset: 'plays', mode: 'full', conditional: false, causes: [{ kind: 'missing', message: 'not built yet' }] },
  fullReason: 'its checks have changed',
}

const ESTIMATE: StepEstimate = {
  ...{ certainty: 'exact', keys: 2, files: [] },
  ...{ read: { rows: 3, bytes: 40 }, written: { rows: 5, bytes: 60 } },
}

it('the step of a run has no partitions, and its field `whole` says why it rebuilds in full', () => {
  const { fullReason, ...others } = REBUILT
  expect(stepDocument(REBUILT)).toEqual({ ...others, partitions: null, whole: fullReason })
  expect(stepDocument(others)).toEqual({ ...others, partitions: null })
})

it('the step of a plan has its estimate, and the partitions in which rows change if lake knows them', () => {
  const { fullReason: _, ...step } = { ...REBUILT, mode: 'keys' as const, follows: 'a rebuild would take longer' }
  expect(estimatedStepDocument({ ...step, estimate: ESTIMATE })).toEqual({
    ...{ ...step, partitions: null, estimate: ESTIMATE },
  })
  const partitions = ['year=2018/month=11']
  expect(estimatedStepDocument({ ...step, partitions, estimate: ESTIMATE })).toEqual({
    ...{ ...step, partitions, estimate: ESTIMATE },
  })
})
