/** What is wrong with a query, for the person who wrote it. */
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
