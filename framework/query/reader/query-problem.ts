/** Reports a mistake in a query to its author. */
import type { RefusalWithRemedy } from '../../refusal.ts'

export class QueryProblem extends Error {
  override readonly name = 'QueryProblem'
  readonly remedy: string

  constructor(problem: string, remedy: string) {
    super(problem)
    this.remedy = remedy
  }
}

export const refuse = ({ reason, remedy }: RefusalWithRemedy): QueryProblem => new QueryProblem(reason, remedy)
