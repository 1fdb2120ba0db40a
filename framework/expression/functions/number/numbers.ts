/** Functions of numbers. What doubles are made of are operations that IEEE 754 defines to the last bit. */
import { constantNumber } from '../../constant.ts'
import type { Expression } from '../../expression.ts'
import {
  type CallParts,
  converted,
  type Parameter,
  type Refusal,
  type ScalarFunction,
  type ScalarSql,
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
  type ValueType,
} from '../../value-type.ts'
import { doubleText, letting } from '../letting.ts'
import { negatedDecimal } from './arithmetic.ts'

const number = (name = 'number'): Parameter => ({ name, kinds: NUMERIC })
const digits: Parameter = { name: 'digits', kinds: ['int'], constant: true, optional: true }

export const MOST_DIGITS = 15

function scalar(
  name: string,
  parameters: readonly Parameter[],
  rest: Pick<ScalarFunction, 'meaning' | 'sql' | 'result'> & Partial<ScalarFunction>,
): ScalarFunction {
  return { kind: 'scalar', name, parameters, nulls: 'argument', ...rest }
}

const asDoubles = (args: readonly Expression[]) => args.map((argument) => converted(argument, DOUBLE))

/** How many digits after the point a call keeps. */
const keptDigits = ({ given }: CallParts): number => (given[1] ? constantNumber(given[1]) : 0)

/** A decimal that keeps so many digits after its point, with room for one before it that rounding adds. */
function keptDecimal({ precision, scale }: DecimalType, kept: number, carry: 0 | 1): DecimalType {
  return decimalType(Math.max(1, Math.min(MAX_PRECISION, precision - scale + kept + carry)), kept)
}

function keptType(carry: 0 | 1) {
  return ([value, kept]: readonly Expression[]): ValueType | Refusal => {
    const type = value?.type ?? INT
    const wanted = kept ? constantNumber(kept) : 0
    if (!(wanted >= 0 && wanted <= MOST_DIGITS)) {
      return {
        refused: `a number of digits of ${wanted}`,
        remedy: `give 0 to ${MOST_DIGITS} digits after the point; for round hundreds divide by 100, round and multiply`,
      }
    }
    return type.kind === 'decimal' && wanted < type.scale ? keptDecimal(type, wanted, carry) : type
  }
}

const decimalSql = ({ precision, scale }: DecimalType): string => `DECIMAL(${precision}, ${scale})`

/** Spark's floor of a double is a BIGINT, which large ones do not fit. */
const floorOf = (value: string, { dialect }: CallParts): string =>
  dialect.name === 'duckdb'
    ? `floor(${value})`
    : `(rint(${value}) - CASE WHEN rint(${value}) > ${value} THEN 1e0 ELSE 0e0 END)`

const ceilOf = (value: string, { dialect }: CallParts): string =>
  dialect.name === 'duckdb'
    ? `ceil(${value})`
    : `(rint(${value}) + CASE WHEN rint(${value}) < ${value} THEN 1e0 ELSE 0e0 END)`

/** Doubles from here on are whole numbers. */
const WHOLE = 2 ** 52

/** Applies a rule to the absolute value times 10^digits, and gives the result its sign and its point back. */
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

/** The double beside a half is the half: a value is no less than it only where its digits are not. */
export const roundedDouble = (value: string, call: CallParts): string =>
  scaled(
    value,
    call,
    (absolute, floor, unit) =>
      `(${floor} + CASE WHEN ${absolute} >= (${floor} + 0.5e0) / ${unit} THEN 1e0 ELSE 0e0 END)`,
  )

/** The product may have been rounded over a whole number. */
const cutDouble = (value: string, call: CallParts): string =>
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

const cut: ScalarSql = ([value = ''], [type], call) => {
  if (type?.kind === 'double') return cutDouble(value, call)
  const kept = keptDigits(call)
  if (type?.kind !== 'decimal' || kept >= type.scale) return value
  const unit = `CAST('${kept === 0 ? '1' : `0.${'0'.repeat(kept - 1)}1`}' AS DECIMAL(${Math.max(kept, 1)}, ${kept}))`
  const whole =
    kept === 0
      ? `CASE WHEN ${value} < 0 THEN ceil(${value}) ELSE floor(${value}) END`
      : `(${value} - (${value} % ${unit}))`
  return `CAST(${whole} AS ${decimalSql(keptDecimal(type, kept, 0))})`
}

/** The whole number beside the value: of a decimal one without digits after the point. */
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

/** Null is skipped by the engines' own functions. */
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
    meaning: 'Without its sign. Fails for the least int and bigint.',
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
      'Rounds to `digits` digits after the point, from 0 to 15; to none unless they are given. Halves go away from zero. A double is rounded by the digits that it is written with: 1.005 to 2 digits is 1.01. A decimal gets `digits` as its scale.',
    sql: rounded,
  }),
  scalar('floor', [number()], {
    ...whole('floor', floorOf),
    meaning: 'The greatest whole number that is no greater, in the type of the number; of a decimal one of scale 0.',
  }),
  scalar('ceil', [number()], {
    ...whole('ceil', ceilOf),
    meaning: 'The least whole number that is no less, in the type of the number; of a decimal one of scale 0.',
  }),
  scalar('trunc', [number(), digits], {
    result: keptType(0),
    meaning:
      'Cuts towards zero, and keeps `digits` digits after the point, none unless they are given. A double is cut by the digits that it is written with.',
    sql: cut,
  }),
  scalar('power', [number('base'), { name: 'exponent', kinds: ['int'], constant: true }], {
    result: ([, exponent]) =>
      Math.abs(constantNumber(exponent)) <= MOST_FACTORS
        ? DOUBLE
        : {
            refused: `an exponent of ${constantNumber(exponent)}`,
            remedy: `give a whole number of -${MOST_FACTORS} to ${MOST_FACTORS}`,
          },
    adapt: ([base, exponent]) => (base && exponent ? [converted(base, DOUBLE), exponent] : []),
    nulls: ([base, exponent]) => base?.nullable !== false || !(constantNumber(exponent) >= 0),
    meaning:
      'The base as a double, multiplied with itself from the left; the exponent is a constant whole number, -64 to 64. With a negative one 1 divided by the product, and null where that is zero.',
    sql: powerSql,
  }),
  scalar('sqrt', [number()], {
    result: DOUBLE,
    adapt: asDoubles,
    meaning: 'The square root as a double; NaN of a negative number.',
    sql: "CASE WHEN $1 < 0 THEN CAST('NaN' AS DOUBLE) ELSE sqrt($1) END",
  }),
  scalar('greatest', COMPARED, {
    ...extreme('greatest'),
    meaning: 'The greatest of the values; null as soon as one of them is null. NaN is above all other numbers.',
  }),
  scalar('least', COMPARED, {
    ...extreme('least'),
    meaning: 'The least of the values; null as soon as one of them is null.',
  }),
]
