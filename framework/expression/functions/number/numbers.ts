/**
 * Functions of numbers. Functions of doubles use only operations that IEEE 754 defines to the last
 * bit.
 */
import { refused } from '../../../refusal.ts'
import { constantNumber } from '../../constant.ts'
import type { Expression } from '../../expression.ts'
import {
  type CallParts,
  converted,
  type Parameter,
  type ResultType,
  type ScalarFunction,
  type ScalarSql,
  scalar,
} from '../../function.ts'
import {
  type DecimalType,
  DOUBLE,
  decimalType,
  EVERY_KIND,
  INT,
  MAX_PRECISION,
  NUMERIC,
  TEXT,
} from '../../value-type.ts'
import { doubleText, letting } from '../sql-fragments.ts'
import { negatedDecimal } from './arithmetic.ts'

const number = (name = 'number'): Parameter => ({ name, kinds: NUMERIC })
const digits: Parameter = { name: 'digits', kinds: ['int'], constant: true, optional: true }

export const MOST_DIGITS = 15

const asDoubles = (args: readonly Expression[]) => args.map((argument) => converted(argument, DOUBLE))

/** Number of digits after the point that a call keeps. */
const keptDigits = ({ given }: CallParts): number => (given[1] ? constantNumber(given[1]) : 0)

/**
 * The decimal type with `kept` digits after the point. `carry` is room for a digit that rounding
 * can add before the point.
 */
function keptDecimal({ precision, scale }: DecimalType, kept: number, carry: 0 | 1): DecimalType {
  return decimalType(Math.max(1, Math.min(MAX_PRECISION, precision - scale + kept + carry)), kept)
}

function keptType(carry: 0 | 1) {
  return ([value, kept]: readonly Expression[]): ResultType => {
    const type = value?.type ?? INT
    const wanted = kept ? constantNumber(kept) : 0
    if (!(wanted >= 0 && wanted <= MOST_DIGITS)) {
      return refused(
        `a number of digits of ${wanted}`,
        `give 0 to ${MOST_DIGITS} digits after the point; for round hundreds divide by 100, round and multiply`,
      )
    }
    return type.kind === 'decimal' && wanted < type.scale ? keptDecimal(type, wanted, carry) : type
  }
}

const decimalSql = ({ precision, scale }: DecimalType): string => `DECIMAL(${precision}, ${scale})`

/** Spark's floor of a double is a BIGINT, which is too small for large doubles. */
const floorOf = (value: string, { dialect }: CallParts): string =>
  dialect.name === 'duckdb'
    ? `floor(${value})`
    : `(rint(${value}) - CASE WHEN rint(${value}) > ${value} THEN 1e0 ELSE 0e0 END)`

const ceilOf = (value: string, { dialect }: CallParts): string =>
  dialect.name === 'duckdb'
    ? `ceil(${value})`
    : `(rint(${value}) + CASE WHEN rint(${value}) < ${value} THEN 1e0 ELSE 0e0 END)`

/** All doubles from here on are whole numbers. */
const WHOLE = 2 ** 52

/**
 * Applies a rule to the absolute value times 10^digits, then restores the sign and divides by
 * 10^digits.
 */
function scaled(
  value: string,
  call: CallParts,
  rule: (absolute: string, floor: string, unit: string) => string,
): string {
  const unit = 10 ** keptDigits(call)
  return letting(call.dialect, value, (own) => {
    const floor = floorOf(`(abs(${own}) * ${doubleText(unit)})`, call)
    const result = `(${rule(`abs(${own})`, floor, doubleText(unit))} / ${doubleText(unit)})`
    const isSmall = `abs(${own}) < ${doubleText(WHOLE / unit)}`
    return `CASE WHEN ${isSmall} THEN CASE WHEN ${own} < 0 THEN -${result} ELSE ${result} END ELSE ${own} END`
  })
}

/**
 * Rounds half away from zero, by the shortest digits that identify the double: compares with the
 * double that is nearest to the half.
 */
export const roundedDouble = (value: string, call: CallParts): string =>
  scaled(
    value,
    call,
    (absolute, floor, unit) =>
      `(${floor} + CASE WHEN ${absolute} >= (${floor} + 0.5e0) / ${unit} THEN 1e0 ELSE 0e0 END)`,
  )

/** Corrects the floor by one if rounding of the product crossed a whole number. */
const truncatedDouble = (value: string, call: CallParts): string =>
  scaled(
    value,
    call,
    (absolute, floor, unit) =>
      `(${floor} + CASE WHEN ${floor} / ${unit} > ${absolute} THEN -1e0 WHEN (${floor} + 1e0) / ${unit} <= ${absolute} THEN 1e0 ELSE 0e0 END)`,
  )

const rounded: ScalarSql = ([value = ''], [type], call) => {
  if (type?.kind === 'double') return roundedDouble(value, call)
  if (type?.kind !== 'decimal' || keptDigits(call) >= type.scale) return value
  return `CAST(${value} AS ${decimalSql(keptDecimal(type, keptDigits(call), 1))})`
}

const truncated: ScalarSql = ([value = ''], [type], call) => {
  if (type?.kind === 'double') return truncatedDouble(value, call)
  const kept = keptDigits(call)
  if (type?.kind !== 'decimal' || kept >= type.scale) return value
  const unit = `CAST('${kept === 0 ? '1' : `0.${'0'.repeat(kept - 1)}1`}' AS DECIMAL(${Math.max(kept, 1)}, ${kept}))`
  const wholeUnits =
    kept === 0
      ? `CASE WHEN ${value} < 0 THEN ceil(${value}) ELSE floor(${value}) END`
      : `(${value} - (${value} % ${unit}))`
  return `CAST(${wholeUnits} AS ${decimalSql(keptDecimal(type, kept, 0))})`
}

/** floor and ceil: the whole number below or above the value, with scale 0 for a decimal. */
const whole = (name: 'floor' | 'ceil', ofDouble: typeof floorOf): Pick<ScalarFunction, 'result' | 'sql'> => ({
  result: ([value]) => {
    const type = value?.type ?? INT
    return type.kind === 'decimal' && type.scale > 0 ? keptDecimal(type, 0, 1) : type
  },
  sql: ([value = ''], [type], call) => {
    if (type?.kind === 'double') return letting(call.dialect, value, (own) => ofDouble(own, call))
    if (type?.kind !== 'decimal' || type.scale === 0) return value
    return `CAST(${name}(${value}) AS ${decimalSql(keptDecimal(type, 0, 1))})`
  },
})

const MOST_FACTORS = 64

function powerSql([base = '']: readonly string[], _: unknown, call: CallParts): string {
  const exponent = constantNumber(call.given[1])
  return letting(call.dialect, base, (own) => {
    if (exponent === 0) return `CASE WHEN ${own} IS NOT NULL THEN 1e0 END`
    const product = Array.from({ length: Math.abs(exponent) }, () => own).join(' * ')
    return exponent > 0 ? `(${product})` : `(1e0 / nullif(${product}, 0e0))`
  })
}

const COMPARED: readonly Parameter[] = [{ name: 'values', kinds: EVERY_KIND, rest: true, common: true }]

/** The engines' own functions skip nulls. */
const extreme = (name: 'greatest' | 'least'): Pick<ScalarFunction, 'result' | 'sql'> => ({
  result: ([first]) => first?.type ?? TEXT,
  sql: (args) => {
    const absent = args.map((argument) => `${argument} IS NULL`).join(' OR ')
    return args.length === 1 ? `${args[0]}` : `CASE WHEN ${absent} THEN NULL ELSE ${name}(${args.join(', ')}) END`
  },
})

export const NUMBERS: readonly ScalarFunction[] = [
  scalar('abs', [number()], {
    result: ([value]) => value?.type ?? INT,
    meaning: 'The number without its sign. The query fails for the least int and the least bigint.',
    sql: ([value = ''], [type]) =>
      type?.kind === 'decimal'
        ? `CASE WHEN ${value} < 0 THEN ${negatedDecimal(value, type)} ELSE ${value} END`
        : `abs(${value})`,
  }),
  scalar('sign', [number()], {
    result: INT,
    meaning: '-1, 0 or 1; 1 for NaN.',
    sql: 'CASE WHEN $1 > 0 THEN 1 WHEN $1 < 0 THEN -1 WHEN $1 IS NOT NULL THEN 0 END',
  }),
  scalar('round', [number(), digits], {
    result: keptType(1),
    meaning:
      'Rounds to `digits` digits after the point, 0 to 15, by default 0. Halves are rounded away from zero. A double is rounded by its shortest digits: 1.005 to 2 digits is 1.01. A decimal gets `digits` as its scale.',
    sql: rounded,
  }),
  scalar('floor', [number()], {
    ...whole('floor', floorOf),
    meaning:
      'The greatest whole number that is not above the number. It has the type of the number; for a decimal, with scale 0.',
  }),
  scalar('ceil', [number()], {
    ...whole('ceil', ceilOf),
    meaning:
      'The least whole number that is not below the number. It has the type of the number; for a decimal, with scale 0.',
  }),
  scalar('trunc', [number(), digits], {
    result: keptType(0),
    meaning:
      'Truncates towards zero to `digits` digits after the point, by default 0. A double is truncated by its shortest digits.',
    sql: truncated,
  }),
  scalar('power', [number('base'), { name: 'exponent', kinds: ['int'], constant: true }], {
    result: ([, exponent]) =>
      Math.abs(constantNumber(exponent)) <= MOST_FACTORS
        ? DOUBLE
        : refused(
            `an exponent of ${constantNumber(exponent)}`,
            `give a whole number of -${MOST_FACTORS} to ${MOST_FACTORS}`,
          ),
    adapt: ([base, exponent]) => (base && exponent ? [converted(base, DOUBLE), exponent] : []),
    nulls: ([base, exponent]) => base?.nullable !== false || !(constantNumber(exponent) >= 0),
    meaning:
      'The base as a double, multiplied with itself from the left. The exponent is a constant whole number, -64 to 64. With a negative exponent it is 1 divided by the product, and null if the product is zero.',
    sql: powerSql,
  }),
  scalar('sqrt', [number()], {
    result: DOUBLE,
    adapt: asDoubles,
    meaning: 'The square root as a double; NaN for a negative number.',
    sql: "CASE WHEN $1 < 0 THEN CAST('NaN' AS DOUBLE) ELSE sqrt($1) END",
  }),
  scalar('greatest', COMPARED, {
    ...extreme('greatest'),
    meaning: 'The greatest of the values; null if one of them is null. NaN is above all other numbers.',
  }),
  scalar('least', COMPARED, {
    ...extreme('least'),
    meaning: 'The least of the values; null if one of them is null.',
  }),
]
