/** Reports a mistake in a query to its author. */
import type { Refusal } from '../../expression/function.ts'

export class QueryProblem extends Error {
  override readonly name = 'QueryProblem'
  readonly remedy: string

  constructor(problem: string, remedy: string) {
    super(problem)
    this.remedy = remedy
  }
}

export const refuse = ({ refused, remedy }: Refusal): QueryProblem => new QueryProblem(refused, remedy)
