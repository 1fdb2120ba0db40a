/** Brings expressions of different types together. No value changes, but for numbers that become doubles, which may be rounded. */
import type { Expression } from './expression.ts'
import { isLiteral, nullOf, readAs } from './literal.ts'
import { commonType, INTEGERS, isSameType, TEXT, type ValueType } from './value-type.ts'

/** The expression as a type that is as wide; undefined where the type is narrower. A constant is read anew, and undefined where the type does not hold it. */
export function convert(expression: Expression, type: ValueType): Expression | undefined {
  if (isLiteral(expression)) {
    if (expression.value === null) return nullOf(type)
    const read = readAs(expression.written, type)
    if (!read) return undefined
    const common = commonType(read.type, type)
    return common && isSameType(common, type) ? { ...read, type } : undefined
  }
  if (isSameType(expression.type, type)) return expression
  const common = commonType(expression.type, type)
  if (!common || !isSameType(common, type)) return undefined
  return { kind: 'cast', input: expression, type, nullable: expression.nullable }
}

/** The expressions as their common type; undefined where they have none. */
export function unify(expressions: readonly Expression[]): readonly Expression[] | undefined {
  const type = commonTypeOf(expressions)
  const converted = type && expressions.map((expression) => convert(expression, type))
  return converted?.every((expression) => expression !== undefined) ? (converted as readonly Expression[]) : undefined
}

/** Engines compare ints with bigints as they are, so a column stays a column. */
export function comparable(expressions: readonly Expression[]): readonly Expression[] | undefined {
  const areIntegers = expressions.every(({ type }) => INTEGERS.includes(type.kind))
  return areIntegers && !expressions.some(isLiteral) ? expressions : unify(expressions)
}

/** A constant takes the type of what it stands beside; constants alone have the types that they have by themselves. */
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
