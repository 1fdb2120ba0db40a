import type { StepSummary } from '@aws-sdk/client-emr'
import { allOf, type EmrApi } from '../api/emr-api.ts'
import { type RetryPolicy, withRetries } from '../api/retry.ts'

/** The steps of a cluster by their names. */
export interface ClusterSteps {
  /** The step of that name, in whatever state it was when it was last seen. */
  named(name: string): Promise<StepSummary | undefined>
  /** As `named`, of the cluster as it is now. */
  namedNow(name: string): Promise<StepSummary | undefined>
  add(step: StepSummary): void
}

/** All steps are listed once and then remembered; of a new cluster there are none. */
export function clusterSteps(
  { api, patience }: { readonly api: EmrApi; readonly patience: RetryPolicy },
  clusterId: string,
  isNew: boolean,
): ClusterSteps {
  let known: Promise<Map<string, StepSummary>> | undefined = isNew ? Promise.resolve(new Map()) : undefined

  /** From the newest on; where a name is there twice, the older one ran first. */
  async function list(): Promise<Map<string, StepSummary>> {
    const steps = new Map<string, StepSummary>()
    const all = allOf((Marker) => withRetries(patience, () => api.listSteps({ ClusterId: clusterId, Marker })))
    for await (const step of all) steps.set(step.Name ?? '', step)
    return steps
  }

  function listed(): Promise<Map<string, StepSummary>> {
    const listing = list()
    known = listing
    listing.catch(() => {
      known = undefined
    })
    return listing
  }

  return {
    named: async (name) => (await (known ?? listed())).get(name),
    namedNow: async (name) => (await listed()).get(name),
    add: (step) => void known?.then((steps) => steps.set(step.Name ?? '', step)),
  }
}
