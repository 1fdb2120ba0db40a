/** Recognizes single nodes of a query tree. */
import { type OperationNode, ParensNode, RawNode } from 'kysely'

/** Whether the node is one of these words, such as `desc`, which Kysely writes as raw SQL. */
export function isWord(node: OperationNode, words: readonly string[]): boolean {
  return RawNode.is(node) && node.parameters.length === 0 && words.includes(node.sqlFragments.join())
}

/** Whether the node is the condition of a join `on true`. */
export const isTrue = (node: OperationNode): boolean => isWord(node, ['true'])

/** The query or condition inside of any brackets. */
export const withoutBrackets = (node: OperationNode): OperationNode =>
  ParensNode.is(node) ? withoutBrackets(node.node) : node
