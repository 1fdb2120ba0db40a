/** Arithmetic operators, with SQL's precision rules for decimals. */
import { refused } from '../../../refusal.ts'
import type { Expression } from '../../expression.ts'
import {
  converted,
  filled,
  type Parameter,
  type ResultType,
  type ScalarFunction,
  type ScalarSql,
} from '../../function.ts'
import { isLiteral, readAs } from '../../literal.ts'
import {
  asDecimal,
  BIGINT,
  type DecimalType,
  DOUBLE,
  decimalType,
  INT,
  INTEGERS,
  MAX_PRECISION,
  NUMERIC,
  type ValueType,
} from '../../value-type.ts'

const number = (name: string): Parameter => ({ name, kinds: NUMERIC })

type Types = readonly ValueType[]

const isDouble = (types: Types) => types.some(({ kind }) => kind === 'double')
const isDecimal = (types: Types) => types.some(({ kind }) => kind === 'decimal')
const integerType = (types: Types): ValueType => (types.some(({ kind }) => kind === 'bigint') ? BIGINT : INT)

function sumType(types: Types): ValueType {
  if (isDouble(types)) return DOUBLE
  if (!isDecimal(types)) return integerType(types)
  const sides = types.map(asDecimal)
  const scale = Math.max(...sides.map((side) => side.scale))
  const whole = Math.max(...sides.map((side) => side.precision - side.scale))
  return decimalType(Math.min(MAX_PRECISION, whole + scale + 1), scale)
}

function productType(types: Types): ResultType {
  if (isDouble(types)) return DOUBLE
  if (!isDecimal(types)) return integerType(types)
  const sides = types.map(asDecimal)
  const scale = sides.reduce((sum, side) => sum + side.scale, 0)
  if (scale > MAX_PRECISION) {
    return refused(
      `the product would have ${scale} digits after the point, and a decimal has at most ${MAX_PRECISION}`,
      'round a factor first: fn.toDecimal(x, precision, scale)',
    )
  }
  const precision = sides.reduce((sum, side) => sum + side.precision, 0)
  return decimalType(Math.min(MAX_PRECISION, precision), scale)
}

/** Both sides have been converted to their common type. */
const remainderType = ([type = INT]: Types): ValueType => type

/**
 * Casts decimal results to the type of the rule, because engines give them more or fewer digits.
 */
function typed(sql: string, result: (types: Types) => ResultType) {
  return (args: readonly string[], types: Types): string => {
    const type = result(types)
    const written = filled(sql, args)
    return 'kind' in type && type.kind === 'decimal' ? `CAST(${written} AS ${decimalSql(type)})` : written
  }
}

/** Maximum number of digits of the decimals that DuckDB computes with as 64-bit integers. */
const NARROW = 18

/**
 * DuckDB computes with two narrow decimals in 64 bits, and fails at a result of more digits
 * although its type has room for them. So one side is widened if the result is wide.
 */
function wide(sql: string, result: (types: Types) => ResultType): ScalarSql {
  const written = typed(sql, result)
  return (args, types) => {
    const type = result(types)
    const isWide = 'kind' in type && type.kind === 'decimal' && type.precision > NARROW
    return written(isWide && types.every(isNarrow) ? widened(args, types) : args, types)
  }
}

const isNarrow = (type: ValueType): boolean => asDecimal(type).precision <= NARROW

function widened([left = '', ...rest]: readonly string[], [type = INT]: Types): readonly string[] {
  const { scale } = asDecimal(type)
  return [`CAST(${left} AS ${decimalSql({ kind: 'decimal', precision: NARROW + 1, scale })})`, ...rest]
}

/**
 * DuckDB fails for the remainder of the least integer divided by -1. So it gets the divisor 1
 * instead, for which the remainder of every integer is 0 too.
 */
function remainder(args: readonly string[], types: Types): string {
  const isInteger = !isDouble(types) && !isDecimal(types)
  const divisor = isInteger ? 'CASE $2 WHEN -1 THEN 1 ELSE nullif($2, 0) END' : 'nullif($2, 0)'
  return typed(`($1 % ${divisor})`, remainderType)(args, types)
}

const decimalSql = ({ precision, scale }: DecimalType): string => `DECIMAL(${precision}, ${scale})`

/**
 * Spark 4 keeps only 34 digits if it negates a decimal, and all digits if it subtracts the decimal
 * from 0.
 */
export const negatedDecimal = (value: string, type: DecimalType): string =>
  `CAST((CAST(0 AS DECIMAL(1, 0)) - ${value}) AS ${decimalSql(type)})`

/**
 * Beside a double, all become doubles. Beside a decimal, constants and integers become decimals of
 * just their digits.
 */
function alike(args: readonly Expression[]): readonly Expression[] {
  const types = args.map(({ type }) => type)
  const columns = args.filter((argument) => !isLiteral(argument)).map(({ type }) => type)
  if (isDecimal(columns) && !isDouble(columns)) return args.map(asDecimalArgument)
  return isDouble(types) ? asDoubles(args) : args
}

function asDecimalArgument(argument: Expression): Expression {
  if (isLiteral(argument)) return readAs(argument.written, decimalType(MAX_PRECISION, 0)) ?? argument
  return argument.type.kind === 'decimal' ? argument : converted(argument, asDecimal(argument.type))
}

const typesOf = (args: readonly Expression[]): Types => args.map(({ type }) => type)

/**
 * Whether a division can be null. It cannot if the dividend cannot, and the divisor is a constant
 * other than zero.
 */
const divisionMayBeNull = ([dividend, divisor]: readonly Expression[]): boolean =>
  dividend?.nullable !== false || divisor === undefined || !isLiteral(divisor) || Number(divisor.value) === 0

const asDoubles = (args: readonly Expression[]) => args.map((argument) => converted(argument, DOUBLE))

const DECIMALS = 'A decimal result has as many digits after the point as the side with more of them.'

function operator(name: string, result: (types: Types) => ResultType, meaning: string): ScalarFunction {
  return {
    kind: 'operator',
    name,
    parameters: [number('left'), number('right')],
    result: (args) => result(typesOf(args)),
    adapt: alike,
    nulls: 'argument',
    meaning,
    sql: { duckdb: wide(`($1 ${name} $2)`, result), spark: typed(`($1 ${name} $2)`, result) },
  }
}

export const ARITHMETIC: readonly ScalarFunction[] = [
  operator('+', sumType, `The sum. The query fails if it does not fit its type. ${DECIMALS}`),
  operator('-', sumType, `The difference. The query fails if it does not fit its type. ${DECIMALS}`),
  operator(
    '*',
    productType,
    'The product. The query fails if it does not fit its type. A decimal result has as many digits after the point as both sides together, and at most 38 in all.',
  ),
  {
    kind: 'operator',
    name: '/',
    parameters: [number('dividend'), number('divisor')],
    result: DOUBLE,
    nulls: divisionMayBeNull,
    meaning: 'The quotient as a double, also for integers and decimals. Null if the divisor is zero.',
    adapt: asDoubles,
    sql: '($1 / nullif($2, 0e0))',
  },
  {
    kind: 'operator',
    name: '%',
    parameters: [
      { ...number('dividend'), common: true },
      { ...number('divisor'), common: true },
    ],
    result: (args) => remainderType(typesOf(args)),
    adapt: alike,
    nulls: divisionMayBeNull,
    meaning: 'The remainder of the division, with the sign of the dividend. Null if the divisor is zero.',
    sql: { duckdb: remainder, spark: typed('($1 % nullif($2, 0))', remainderType) },
  },
  {
    kind: 'operator',
    name: 'negate',
    parameters: [number('value')],
    result: ([value]) => value?.type ?? INT,
    nulls: 'argument',
    meaning: 'The number with the opposite sign. The query fails for the least int and the least bigint.',
    sql: ([value = ''], [type]) => (type?.kind === 'decimal' ? negatedDecimal(value, type) : `(- ${value})`),
  },
  {
    kind: 'scalar',
    name: 'int_divide',
    parameters: [
      { name: 'dividend', kinds: INTEGERS },
      { name: 'divisor', kinds: INTEGERS },
    ],
    result: BIGINT,
    nulls: divisionMayBeNull,
    meaning: 'The quotient of two integers, truncated towards zero. Null if the divisor is zero.',
    sql: {
      duckdb: '(CAST($1 AS BIGINT) // nullif(CAST($2 AS BIGINT), 0))',
      spark: '(CAST($1 AS BIGINT) div nullif(CAST($2 AS BIGINT), 0))',
    },
  },
]
