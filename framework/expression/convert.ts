/**
 * Converts expressions to a common type. Values stay the same, except that a number that becomes a
 * double can be rounded.
 */
import type { Expression } from './expression.ts'
import { isLiteral, nullOf, readAs } from './literal.ts'
import { commonType, INTEGERS, isNested, isSameType, TEXT, type ValueType } from './value-type.ts'

/**
 * Converts the expression to a type that is at least as wide; undefined if the type is narrower. A
 * constant is read again from its original text; undefined if the type cannot hold it.
 */
export function convert(expression: Expression, type: ValueType): Expression | undefined {
  if (isLiteral(expression)) {
    if (expression.value === null) return nullOf(type)
    const read = readAs(expression.written, type)
    if (!read) return undefined
    const common = commonType(read.type, type)
    return common && isSameType(common, type) ? { ...read, type } : undefined
  }
  if (isSameType(expression.type, type)) return isNested(type) ? { ...expression, type } : expression
  const common = commonType(expression.type, type)
  if (!common || !isSameType(common, type)) return undefined
  return { kind: 'cast', input: expression, type, nullable: expression.nullable }
}

/** Converts the expressions to their common type; undefined if they have none. */
export function unify(expressions: readonly Expression[]): readonly Expression[] | undefined {
  const type = commonTypeOf(expressions)
  const converted = type && expressions.map((expression) => convert(expression, type))
  return converted?.every((expression) => expression !== undefined) ? (converted as readonly Expression[]) : undefined
}

/**
 * Makes expressions comparable; undefined if they have no common type. Engines compare ints with
 * bigints without a cast, so a column stays a column.
 */
export function comparable(expressions: readonly Expression[]): readonly Expression[] | undefined {
  const areIntegers = expressions.every(({ type }) => INTEGERS.includes(type.kind))
  return areIntegers && !expressions.some(isLiteral) ? expressions : unify(expressions)
}

/**
 * Constants take the type of the other expressions. If all are constants, they have their own
 * types.
 */
function commonTypeOf(expressions: readonly Expression[]): ValueType | undefined {
  const known = expressions.filter((expression) => !(isLiteral(expression) && expression.value === null))
  const columns = known.filter((expression) => !isLiteral(expression)).map(({ type }) => type)
  const constants = known.filter(isLiteral)
  const [first, ...others] = columns.length > 0 ? columns : constants.map(({ type }) => type)
  if (!first) return TEXT
  const common = others.reduce<ValueType | undefined>((type, other) => type && commonType(type, other), first)
  return constants.reduce<ValueType | undefined>((type, constant) => {
    const read = type && readAs(constant.written, type)
    return type && commonType(type, read?.type ?? constant.type)
  }, common)
}
