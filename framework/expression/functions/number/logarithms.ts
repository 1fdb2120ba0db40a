/**
 * Writes logarithms and the exponential function in operations that IEEE 754 defines to the last
 * bit, since the engines' own functions differ there.
 *
 * The methods and their coefficients are those of fdlibm (Sun Microsystems, 1993: e_log.c,
 * e_exp.c), those of `log2` and `log10` of FreeBSD's msun (e_log2.c, e_log10.c): x is 2^k (1 + f)
 * with f from sqrt(1/2) - 1 to sqrt(2) - 1, and ln(1 + f) is a polynomial of f / (2 + f).
 *
 * Two functions of the engines are used. `log2` only has to give a power of two nearby, which
 * comparisons then correct. `power` only has to give powers of two, which are doubles and come out
 * exact.
 */
import type { Expression } from '../../expression.ts'
import { type CallParts, converted, type Parameter, type ScalarFunction } from '../../function.ts'
import { DOUBLE, NUMERIC } from '../../value-type.ts'
import { doubleText, letting, lettingAll, type Step } from '../sql-fragments.ts'

const LEAST_NORMAL = doubleText(2 ** -1022)
const SUBNORMAL_BITS = 54
const NOT_A_NUMBER = "CAST('NaN' AS DOUBLE)"
const INFINITY = "CAST('Infinity' AS DOUBLE)"

/** The nearest whole number: the sum has no bits for the fraction. Right for numbers below 2^51. */
const nearest = (value: string): string => `((${value} + ${doubleText(1.5 * 2 ** 52)}) - ${doubleText(1.5 * 2 ** 52)})`

/** A polynomial by Horner's rule. Coefficients begin with the constant one. */
const polynomial = (variable: string, coefficients: readonly number[]): string =>
  coefficients
    .map((coefficient) => `(${doubleText(coefficient)})`)
    .reduceRight((rest, coefficient) => `(${coefficient} + ${variable} * ${rest})`)

/** Coefficients of ln(1 + f) - f + f²/2, in powers of (f / (2 + f))². */
const ODD = [0.6666666666666735, 0.2857142874366239, 0.1818357216161805, 0.14798198605116586]
const EVEN = [0.3999999999940942, 0.22222198432149784, 0.15313837699209373]

const LN_2 = { high: 0.6931471803691238, low: 1.9082149292705877e-10 }

/** Steps that write x as 2^k * (1 + f), with 1 + f near 1, and compute s = f / (2 + f). */
function reduced(x: string): readonly Step[] {
  const isSubnormal = `${x} < ${LEAST_NORMAL}`
  const normal = `CASE WHEN ${isSubnormal} THEN ${x} * ${doubleText(2 ** SUBNORMAL_BITS)} ELSE ${x} END`
  const byRoot = (above: string, below: string, between: string) =>
    `CASE WHEN m >= ${doubleText(Math.SQRT2)} THEN ${above} WHEN m < ${doubleText(Math.SQRT1_2)} THEN ${below} ELSE ${between} END`
  return [
    ['e', nearest(`log2(${normal})`)],
    ['m', `(${normal}) * power(2e0, -e)`],
    ['k', `e + ${byRoot('1e0', '-1e0', '0e0')} - CASE WHEN ${isSubnormal} THEN ${SUBNORMAL_BITS}e0 ELSE 0e0 END`],
    ['f', byRoot('m * 0.5e0 - 1e0', 'm * 2e0 - 1e0', 'm - 1e0')],
    ['s', 'f / (2e0 + f)'],
  ]
}

/** ln(1 + f) is f - HALF_SQUARE + REST. */
const HALF_SQUARE = '(0.5e0 * f * f)'
const [SQUARE, FOURTH] = ['(s * s)', '((s * s) * (s * s))']
const REST = `(s * (${HALF_SQUARE} + (${SQUARE} * ${polynomial(FOURTH, ODD)} + ${FOURTH} * ${polynomial(FOURTH, EVEN)})))`

function logarithm(result: string, steps: readonly Step[] = []) {
  return ([number = '']: readonly string[], _: unknown, { dialect }: CallParts): string =>
    letting(dialect, number, (x) => {
      const finite = lettingAll(dialect, [...reduced(x), ...steps], result)
      return `CASE WHEN ${x} > 0e0 AND ${x} < ${INFINITY} THEN ${finite} WHEN ${x} = 0e0 THEN -${INFINITY} WHEN ${x} < 0e0 THEN ${NOT_A_NUMBER} ELSE ${x} END`
    })
}

const lnSql = logarithm(
  `k * ${doubleText(LN_2.high)} - ((${HALF_SQUARE} - (${REST} + k * ${doubleText(LN_2.low)})) - f)`,
)

/** Keeps the upper 21 bits of a double. Their product with the upper part of a factor is exact. */
const SPLITTER = `(f - ${HALF_SQUARE}) * ${doubleText(2 ** 32 + 1)}`

interface TwoParts {
  readonly high: number
  readonly low: number
}

/**
 * Multiplies ln(1 + f) with the factor, and adds k times the unit; both in two parts, so that no
 * bit of the sum is lost.
 */
function logarithmTo({ high, low }: TwoParts, unit: TwoParts) {
  const lower = `(((f - u) - ${HALF_SQUARE}) + ${REST})`
  const [upper, scaled] = [`(u * ${doubleText(high)})`, `(k * ${doubleText(unit.high)})`]
  const small = `((k * ${doubleText(unit.low)} + (l + u) * ${doubleText(low)}) + l * ${doubleText(high)})`
  const lost = `((${scaled} - (${scaled} + ${upper})) + ${upper})`
  return logarithm(`(${small} + ${lost}) + (${scaled} + ${upper})`, [
    ['u', `${SPLITTER} - (${SPLITTER} - (f - ${HALF_SQUARE}))`],
    ['l', lower],
  ])
}

const log2Sql = logarithmTo({ high: 1.4426950407214463, low: 1.6751713164886512e-10 }, { high: 1, low: 0 })

const log10Sql = logarithmTo(
  { high: 0.4342944818781689, low: 2.5082946711645275e-11 },
  { high: 0.30102999566361177, low: 3.694239077158931e-13 },
)

const GREATEST_EXPONENT = 709.782712893384
const LEAST_EXPONENT = -745.1332191019412

/** Coefficients of x (e^x + 1) / (e^x - 1), in powers of x². */
const EXPONENTIAL = [
  0.16666666666666602, -0.0027777777777015593, 6.613756321437934e-5, -1.6533902205465252e-6, 4.1381367970572385e-8,
]

function expSql([number = '']: readonly string[], _: unknown, { dialect }: CallParts): string {
  return letting(dialect, number, (x) => {
    const [upper, lower] = [`(${x} - k * ${doubleText(LN_2.high)})`, `(k * ${doubleText(LN_2.low)})`]
    const half = nearest('k * 0.5e0')
    // 2^k may be no double, so the result is multiplied with it in two steps. The first step loses
    // nothing.
    const finite = lettingAll(
      dialect,
      [
        ['k', nearest(`${x} * ${doubleText(Math.LOG2E)}`)],
        ['y', `${upper} - ${lower}`],
        ['c', `y - (y * y) * ${polynomial('(y * y)', EXPONENTIAL)}`],
      ],
      `((1e0 - ((${lower} - (y * c) / (2e0 - c)) - ${upper})) * power(2e0, ${half})) * power(2e0, k - ${half})`,
    )
    return `CASE WHEN ${x} = 1e0 THEN ${doubleText(Math.E)} WHEN ${x} BETWEEN ${doubleText(LEAST_EXPONENT)} AND ${doubleText(GREATEST_EXPONENT)} THEN ${finite} WHEN ${x} < 0e0 THEN 0e0 WHEN ${x} <= ${INFINITY} THEN ${INFINITY} ELSE ${x} END`
  })
}

const ofDouble = (name: string, meaning: string, sql: ScalarFunction['sql']): ScalarFunction => ({
  kind: 'scalar',
  name,
  parameters: [NUMBER],
  result: DOUBLE,
  nulls: 'argument',
  adapt: (args: readonly Expression[]) => args.map((argument) => converted(argument, DOUBLE)),
  meaning,
  sql,
})

const NUMBER: Parameter = { name: 'number', kinds: NUMERIC }

const EDGES = '-Infinity for zero, NaN for a negative number and for NaN, Infinity for Infinity.'

export const LOGARITHMS: readonly ScalarFunction[] = [
  ofDouble(
    'exp',
    'e to the power of the number, as a double, within 1 unit in the last place. Infinity above 709.78, 0 below -745.13, NaN for NaN.',
    expSql,
  ),
  ofDouble('ln', `The natural logarithm as a double, within 1 unit in the last place. ${EDGES}`, lnSql),
  ofDouble(
    'log10',
    `The logarithm to base 10 as a double, within 1 unit in the last place; exact for powers of ten. ${EDGES}`,
    log10Sql,
  ),
  ofDouble(
    'log2',
    `The logarithm to base 2 as a double, within 1 unit in the last place; exact for powers of two. ${EDGES}`,
    log2Sql,
  ),
]
