/**
 * The faults that the stand-in of EMR can have, in the answer to a call or in what the call
 * started.
 */
export type EmrFault =
  /** The call has its effect, and then the connection is cut. */
  | { readonly kind: 'lost-response' }
  /** The connection is cut at once. The call has its effect when the test calls `letGo`. */
  | { readonly kind: 'held-back' }
  /** The call has no effect, and the service answers 500. */
  | { readonly kind: 'error-500' }
  | { readonly kind: 'throttled' }
  /**
   * The service refuses the call because of permissions or input: `AccessDeniedException`,
   * `ValidationException`.
   */
  | { readonly kind: 'refused'; readonly name: string; readonly message: string }
  /** ListSteps and DescribeStep: each step that has not ended is in a state that no SDK knows. */
  | { readonly kind: 'unknown-state' }
  /** CancelSteps: the answer is SUBMITTED, but the step goes on. */
  | { readonly kind: 'ignored' }
  /** AddJobFlowSteps: once the step runs, it is torn down and has the state INTERRUPTED. */
  | { readonly kind: 'step-interrupted' }
  /** AddJobFlowSteps: once the step runs, the cluster loses its instances. */
  | { readonly kind: 'cluster-lost' }
  /**
   * AddJobFlowSteps: if the step fails, the first answers show the failure without FailureDetails.
   * This is their number.
   */
  | { readonly kind: 'late-failure-details'; readonly answers: number }
  /** AddJobFlowSteps: no log of the step is ever uploaded. */
  | { readonly kind: 'log-missing' }
  /** RunJobFlow: a bootstrap action fails. */
  | { readonly kind: 'bootstrap-failure' }
  /** RunJobFlow: the fleets get no instances in time. */
  | { readonly kind: 'no-capacity' }

/**
 * A fault of the `nth` call with that name, counted from 1. Without `nth`, all of these calls have
 * the fault.
 */
export interface PlannedFault {
  readonly call: string
  readonly nth?: number
  readonly fault: EmrFault
}

/** A call as the stand-in received it. */
export interface RecordedCall {
  readonly name: string
  /** Milliseconds, on the stand-in's clock. */
  readonly at: number
  readonly input: Readonly<Record<string, unknown>>
  readonly fault: EmrFault | undefined
}

/** Gives each call its planned fault, and records all calls. */
export class CallLog {
  readonly calls: RecordedCall[] = []
  readonly #plan: readonly PlannedFault[]
  readonly #now: () => number

  constructor(plan: readonly PlannedFault[], now: () => number) {
    this.#plan = plan
    this.#now = now
  }

  /** Records the call. Returns its planned fault. */
  record(name: string, input: Readonly<Record<string, unknown>>): EmrFault | undefined {
    const nth = this.count(name) + 1
    const fault = this.#plan.find((planned) => planned.call === name && (planned.nth ?? nth) === nth)?.fault
    this.calls.push({ name, at: this.#now(), input, fault })
    return fault
  }

  count(name: string): number {
    return this.calls.filter((call) => call.name === name).length
  }
}
