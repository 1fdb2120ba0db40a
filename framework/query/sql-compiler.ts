import {
  type BinaryOperationNode,
  DefaultQueryCompiler,
  type FunctionNode,
  type OperationNode,
  OperatorNode,
  OrderByItemNode,
  type PrimitiveValueListNode,
  type ValueNode,
} from 'kysely'
import { PORTABLE_PREFIX, type PortableName } from './portable.ts'

/** How a dialect writes a portable function: `$1` and `$2` are its arguments; `{ infix }` puts the operator between all of them. */
export type FunctionTemplate = string | { readonly infix: string }

/** What tells one SQL dialect from another. */
export interface SqlDialect {
  /** A function that is not among them is written under its name in the tree. */
  readonly functions: Readonly<Partial<Record<PortableName, FunctionTemplate>>>
  readonly quote: '"' | '`'
  text(value: string): string
  timestamp(value: Date): string
  /** How a pattern `$1` of LIKE is written where a backslash in it would not stand for itself. */
  readonly likePattern?: string
}

/** Compiles query trees to text without parameters: an asset's query is the same text for the same tree. */
export class SqlCompiler extends DefaultQueryCompiler {
  readonly #dialect: SqlDialect

  constructor(dialect: SqlDialect) {
    super()
    this.#dialect = dialect
  }

  protected override getLeftIdentifierWrapper() {
    return this.#dialect.quote
  }

  protected override getRightIdentifierWrapper() {
    return this.#dialect.quote
  }

  protected override visitFunction(node: FunctionNode): void {
    const template = node.func.startsWith(PORTABLE_PREFIX)
      ? this.#dialect.functions[node.func.slice(PORTABLE_PREFIX.length) as PortableName]
      : undefined
    if (template === undefined) super.visitFunction(node)
    else if (typeof template === 'string') this.#fill(template, node.arguments)
    else this.#join(template.infix, node.arguments)
  }

  #fill(template: string, args: readonly OperationNode[]): void {
    for (const part of template.split(/(\$\d)/)) {
      const argument = part.startsWith('$') ? args[Number(part.slice(1)) - 1] : undefined
      if (argument) this.visitNode(argument)
      else this.append(part)
    }
  }

  #join(infix: string, args: readonly OperationNode[]): void {
    this.append('(')
    args.forEach((argument, index) => {
      if (index > 0) this.append(infix)
      this.visitNode(argument)
    })
    this.append(')')
  }

  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const { likePattern } = this.#dialect
    if (likePattern && isLike(node.operator)) {
      this.visitNode(node.leftOperand)
      this.append(' ')
      this.visitNode(node.operator)
      this.append(' ')
      this.#fill(likePattern, [node.rightOperand])
    } else super.visitBinaryOperation(node)
  }

  /** Engines place nulls differently where nothing is said, so something is always said. */
  protected override visitOrderByItem(node: OrderByItemNode): void {
    super.visitOrderByItem(node.nulls ? node : OrderByItemNode.cloneWith(node, { nulls: 'last' }))
  }

  protected override visitValue(node: ValueNode): void {
    this.append(this.#literal(node.value))
  }

  protected override visitPrimitiveValueList(node: PrimitiveValueListNode): void {
    this.append(`(${node.values.map((value) => this.#literal(value)).join(', ')})`)
  }

  #literal(value: unknown): string {
    if (value === null) return 'null'
    if (typeof value === 'string') return this.#dialect.text(value)
    if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
    if (typeof value === 'number') return numberLiteral(value)
    if (value instanceof Date) return this.#dialect.timestamp(value)
    throw new TypeError(`a query cannot hold the value ${String(value)}`)
  }
}

const isLike = (node: OperationNode) => OperatorNode.is(node) && /^(not )?i?like$/.test(node.operator)

/** An exponent makes it a double in both dialects; without one, 0.1 is a decimal. */
function numberLiteral(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`a query cannot hold the number ${value}`)
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value)
  const digits = Object.is(value, -0) ? '-0.0' : String(value)
  return digits.includes('e') ? digits : `${digits}e0`
}

/** A text literal of standard SQL: quotes doubled, backslashes as they are. */
export function standardText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
