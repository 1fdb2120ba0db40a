/** What can be said of a single node of a query tree. */
import { type OperationNode, ParensNode, RawNode } from 'kysely'

/** Whether Kysely wrote one of these words as raw SQL, such as `desc`. */
export function isWord(node: OperationNode, words: readonly string[]): boolean {
  return RawNode.is(node) && node.parameters.length === 0 && words.includes(node.sqlFragments.join())
}

/** The condition of a join `on true`. */
export const isTrue = (node: OperationNode): boolean => isWord(node, ['true'])

/** Brackets are of no account around a query or a condition. */
export const withoutBrackets = (node: OperationNode): OperationNode =>
  ParensNode.is(node) ? withoutBrackets(node.node) : node
