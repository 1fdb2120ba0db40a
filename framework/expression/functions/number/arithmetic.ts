/** Arithmetic, with the precision rules of SQL for decimals. */
import type { Expression } from '../../expression.ts'
import { converted, filled, type Parameter, type Refusal, type ScalarFunction, type ScalarSql } from '../../function.ts'
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

function productType(types: Types): ValueType | Refusal {
  if (isDouble(types)) return DOUBLE
  if (!isDecimal(types)) return integerType(types)
  const sides = types.map(asDecimal)
  const scale = sides.reduce((sum, side) => sum + side.scale, 0)
  if (scale > MAX_PRECISION) {
    return {
      refused: `the product would have ${scale} digits after the point, and a decimal has at most ${MAX_PRECISION}`,
      remedy: 'round a factor first: fn.toDecimal(x, precision, scale)',
    }
  }
  const precision = sides.reduce((sum, side) => sum + side.precision, 0)
  return decimalType(Math.min(MAX_PRECISION, precision), scale)
}

/** Both sides have been brought to their common type. */
const remainderType = ([type = INT]: Types): ValueType => type

/** Engines give results of decimals more digits than the rule says, or fewer: the type is written out. */
function typed(sql: string, result: (types: Types) => ValueType | Refusal): ScalarSql {
  return (args, types) => {
    const type = result(types)
    const written = filled(sql, args)
    return 'kind' in type && type.kind === 'decimal' ? `CAST(${written} AS ${decimalSql(type)})` : written
  }
}

const decimalSql = ({ precision, scale }: DecimalType): string => `DECIMAL(${precision}, ${scale})`

/** Spark 4 keeps 34 digits where it negates a decimal, and all where it subtracts. */
export const negatedDecimal = (value: string, type: DecimalType): string =>
  `CAST((CAST(0 AS DECIMAL(1, 0)) - ${value}) AS ${decimalSql(type)})`

/** With a double all are doubles; with a decimal constants and integers are decimals of just their digits. */
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

/** A constant that is not zero divides everything. */
const mayDivideByNothing = ([dividend, divisor]: readonly Expression[]): boolean =>
  dividend?.nullable !== false || divisor === undefined || !isLiteral(divisor) || Number(divisor.value) === 0

const asDoubles = (args: readonly Expression[]) => args.map((argument) => converted(argument, DOUBLE))

const DECIMALS = 'Decimals: as many digits after the point as the side with more.'

function operator(name: string, result: (types: Types) => ValueType | Refusal, meaning: string): ScalarFunction {
  return {
    kind: 'operator',
    name,
    parameters: [number('left'), number('right')],
    result: (args) => result(typesOf(args)),
    adapt: alike,
    nulls: 'argument',
    meaning,
    sql: typed(`($1 ${name} $2)`, result),
  }
}

export const ARITHMETIC: readonly ScalarFunction[] = [
  operator('+', sumType, `The sum. Fails where it does not fit its type. ${DECIMALS}`),
  operator('-', sumType, `The difference. Fails where it does not fit its type. ${DECIMALS}`),
  operator(
    '*',
    productType,
    'The product. Fails where it does not fit its type. Decimals: as many digits after the point as both sides have together, and 38 in all at most.',
  ),
  {
    kind: 'operator',
    name: '/',
    parameters: [number('dividend'), number('divisor')],
    result: DOUBLE,
    nulls: mayDivideByNothing,
    meaning: 'The quotient as a double, of integers and decimals too. Null where the divisor is zero.',
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
    nulls: mayDivideByNothing,
    meaning: 'What is left after division, with the sign of the dividend. Null where the divisor is zero.',
    sql: typed('($1 % nullif($2, 0))', remainderType),
  },
  {
    kind: 'operator',
    name: 'negate',
    parameters: [number('value')],
    result: ([value]) => value?.type ?? INT,
    nulls: 'argument',
    meaning: 'The number with the other sign. Fails for the least int and bigint.',
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
    nulls: mayDivideByNothing,
    meaning: 'The quotient of two integers, cut towards zero. Null where the divisor is zero.',
    sql: {
      duckdb: '(CAST($1 AS BIGINT) // nullif(CAST($2 AS BIGINT), 0))',
      spark: '(CAST($1 AS BIGINT) div nullif(CAST($2 AS BIGINT), 0))',
    },
  },
]
