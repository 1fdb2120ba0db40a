/** Chooses how a step refreshes its table, from the logs of its upstreams. */
import { readSnapshot } from '../../delta/snapshot.ts'
import type { InputVersions } from '../../engine/increment.ts'
import type { PlanStep } from '../../plan/plan.ts'
import { isRefusal } from '../../refusal.ts'
import { pinInputs } from '../../tables/pinned-inputs.ts'
import type { StepContext } from '../step-context.ts'
import { prepareIncrement } from './prepare-increment.ts'
import { type ChoiceContext, type CurrentTable, cheaperStep } from './refresh-choice.ts'

type ReadContext = Pick<StepContext, 'lake' | 'graph' | 'signal' | 'followers'>

/** The step in the cheaper mode, as `cheaperStep` says it. */
export function chooseStep(
  context: ReadContext & Pick<ChoiceContext, 'engine' | 'stateOf'>,
  step: PlanStep,
): Promise<PlanStep> {
  const { graph, engine, stateOf } = context
  return cheaperStep({ graph, engine, stateOf, inputsOf: (table) => recordedInputs(context, table) }, step)
}

/**
 * Reads each upstream's two versions from the logs: the one from which the table was made, and the
 * newest. Undefined if an increment is not possible.
 */
async function recordedInputs(
  context: ReadContext,
  table: CurrentTable,
): Promise<ReadonlyMap<string, InputVersions> | undefined> {
  const { pinned } = await pinInputs(context, table.asset)
  const base = await readSnapshot(context.lake, table.asset.key)
  const prepared = await prepareIncrement(context, table, { base, pinned })
  return isRefusal(prepared) ? undefined : prepared.request.inputs
}
