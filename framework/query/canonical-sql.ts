/**
 * Writes a query tree as canonical text, from which its code version is made. No engine runs the
 * text.
 */
import {
  type AndNode,
  type BinaryOperationNode,
  type CaseNode,
  type CastNode,
  DefaultQueryCompiler,
  type OperationNode,
  OrderByItemNode,
  type OrNode,
  ParensNode,
  type PrimitiveValueListNode,
  type UnaryOperationNode,
  type ValueNode,
} from 'kysely'

/** Kinds of nodes that need no brackets beside an operator. */
const ATOMS: ReadonlySet<OperationNode['kind']> = new Set([
  'AggregateFunctionNode',
  'FunctionNode',
  'ParensNode',
  'PrimitiveValueListNode',
  'ReferenceNode',
  'SelectQueryNode',
  'TupleNode',
  'ValueListNode',
  'ValueNode',
])

/** Writes different trees as different texts: nested operations are in brackets. */
export class CanonicalCompiler extends DefaultQueryCompiler {
  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const { leftOperand, rightOperand } = node
    // The bounds of BETWEEN are an AND, which needs no brackets.
    const right = rightOperand.kind === 'AndNode' ? rightOperand : bracketed(rightOperand)
    super.visitBinaryOperation({ ...node, leftOperand: bracketed(leftOperand), rightOperand: right })
  }

  protected override visitUnaryOperation(node: UnaryOperationNode): void {
    super.visitUnaryOperation({ ...node, operand: bracketed(node.operand) })
  }

  protected override visitCast(node: CastNode): void {
    super.visitCast({ ...node, expression: bracketed(node.expression) })
  }

  protected override visitAnd(node: AndNode): void {
    super.visitAnd({ ...node, left: apart(node.left, 'AndNode'), right: apart(node.right, 'AndNode') })
  }

  protected override visitOr(node: OrNode): void {
    super.visitOr({ ...node, left: apart(node.left, 'OrNode'), right: apart(node.right, 'OrNode') })
  }

  protected override visitCase(node: CaseNode): void {
    super.visitCase({ ...node, ...(node.else && { else: bracketed(node.else) }) })
  }

  /** Always states where nulls go, since engines have different defaults. */
  protected override visitOrderByItem(node: OrderByItemNode): void {
    super.visitOrderByItem(node.nulls ? node : OrderByItemNode.cloneWith(node, { nulls: 'last' }))
  }

  protected override visitValue(node: ValueNode): void {
    this.append(literal(node.value))
  }

  protected override visitPrimitiveValueList(node: PrimitiveValueListNode): void {
    this.append(`(${node.values.map(literal).join(', ')})`)
  }
}

const bracketed = (node: OperationNode): OperationNode => (ATOMS.has(node.kind) ? node : ParensNode.create(node))

/** Adds brackets around the other connective: AND in OR, and OR in AND. */
const apart = (node: OperationNode, kind: 'AndNode' | 'OrNode'): OperationNode => {
  const other = kind === 'AndNode' ? 'OrNode' : 'AndNode'
  return node.kind === other ? ParensNode.create(node) : node
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return textLiteral(value)
  if (typeof value === 'number') return numberLiteral(value)
  if (value instanceof Date) return `timestamp '${value.toISOString()}'`
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  return String(value)
}

/** Writes a fraction with an exponent. */
function numberLiteral(value: number): string {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value)
  const digits = Object.is(value, -0) ? '-0.0' : String(value)
  return digits.includes('e') || !Number.isFinite(value) ? digits : `${digits}e0`
}

const textLiteral = (value: string): string => `'${value.replaceAll("'", "''")}'`
