/**
 * Visits the nodes of a graph without circles: each after its upstreams, several at the same time.
 */
import PQueue from 'p-queue'

export interface GraphWalk<Result> {
  /** The nodes to visit, each once, in any order. */
  readonly keys: readonly string[]
  /** The nodes to visit before this one. Nodes that are not among `keys` are ignored. */
  readonly upstream: (key: string) => readonly string[]
  /** The walk visits the ready node with the highest priority first. */
  readonly priority: (key: string) => number
  /** Maximum number of visits at the same time. */
  readonly concurrency: number
  /** Called with the results of the upstreams. If it throws, the walk ends. */
  readonly visit: (key: string, upstream: readonly Result[]) => Promise<Result>
}

/**
 * Returns the result of each node. If a visit throws, nothing downstream of it is visited. The walk
 * then throws the same error, after all other visits have ended.
 */
export async function walkGraph<Result>(walk: GraphWalk<Result>): Promise<ReadonlyMap<string, Result>> {
  const { keys, upstream, priority, concurrency, visit } = walk
  const queue = new PQueue({ concurrency })
  const results = new Map<string, Promise<Result>>()
  const afterUpstream = async (key: string): Promise<Result> => {
    // After this turn, `results` has a promise for each node.
    await undefined
    const before = await Promise.all(upstream(key).flatMap((other) => results.get(other) ?? []))
    return queue.add(() => visit(key, before), { priority: priority(key) })
  }
  // Nodes that become ready at the same moment reach the queue in this order.
  for (const key of keys.toSorted((left, right) => priority(right) - priority(left))) {
    results.set(key, afterUpstream(key))
  }
  await Promise.allSettled(results.values())
  const found = new Map<string, Result>()
  for (const [key, result] of results) found.set(key, await result)
  return found
}
