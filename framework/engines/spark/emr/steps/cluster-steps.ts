/** Finds the steps of a cluster by their names. */
import { allOf } from '../api/emr-api.ts'
import type { EmrStep } from '../api/emr-step.ts'
import { withRetries } from '../api/retry.ts'
import type { EmrAccess } from '../clusters/find-cluster.ts'

type StepsByName = Map<string, EmrStep>

/** The steps of one cluster. Reads their list on first use, and again for `namedNow`. */
export class ClusterSteps {
  readonly #access: Pick<EmrAccess, 'api' | 'retryPolicy'>
  readonly #clusterId: string
  #known: Promise<StepsByName> | undefined

  /** A cluster with `isNew` has no steps, so no call is needed to find that out. */
  constructor(access: Pick<EmrAccess, 'api' | 'retryPolicy'>, clusterId: string, isNew: boolean) {
    this.#access = access
    this.#clusterId = clusterId
    this.#known = isNew ? Promise.resolve(new Map()) : undefined
  }

  /** The step of that name, in the state in which it was last seen. */
  async named(name: string): Promise<EmrStep | undefined> {
    return (await (this.#known ?? this.#list())).get(name)
  }

  /** The step of that name in its current state: lists the steps anew. */
  async namedNow(name: string): Promise<EmrStep | undefined> {
    return (await this.#list()).get(name)
  }

  add(step: EmrStep): void {
    void this.#known?.then((steps) => steps.set(step.name, step))
  }

  #list(): Promise<StepsByName> {
    const listing = this.#readList()
    this.#known = listing
    listing.catch(() => {
      this.#known = undefined
    })
    return listing
  }

  /**
   * EMR lists the newest steps first. If two steps have the same name, the older one counts,
   * because it ran first.
   */
  async #readList(): Promise<StepsByName> {
    const { api, retryPolicy } = this.#access
    const ClusterId = this.#clusterId
    const steps: StepsByName = new Map()
    const all = allOf((Marker) => withRetries(retryPolicy, () => api.listSteps({ ClusterId, Marker })))
    for await (const step of all) steps.set(step.name, step)
    return steps
  }
}
