/** Prints the requests of `lake emr plan`. */
/**
 * The requests that a run would send to EMR: the input of each API call. null if it would start no
 * cluster.
 */
interface EmrRequestsView {
  readonly runJobFlow: object | null
  readonly addJobFlowSteps: readonly object[]
}

/** Writes the name of each call with its input as JSON. */
export function emrPlanText({ runJobFlow, addJobFlowSteps }: EmrRequestsView): string {
  if (addJobFlowSteps.length === 0) return 'Nothing would be sent: there is nothing to do.'
  const calls = [
    ...(runJobFlow ? [call('RunJobFlow', runJobFlow)] : []),
    ...addJobFlowSteps.map((input) => call('AddJobFlowSteps', input)),
  ]
  return calls.join('\n\n')
}

const call = (name: string, input: object): string => `${name}\n${JSON.stringify(input, null, 2)}`
