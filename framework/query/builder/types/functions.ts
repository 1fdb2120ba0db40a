/** Types of the scalar functions of the query language: what each takes and returns. */
import type { ZodType } from 'zod'
import type { QueryType } from '../column-schema.ts'
import type { Aggregates, Windows } from './aggregates.ts'
import type {
  Alike,
  Argument,
  Count,
  DateUnit,
  Needs,
  NullIn,
  Option,
  SameKind,
  Time,
  Together,
  Unary,
  Unit,
} from './arguments.ts'
import type {
  Bigint,
  Binary,
  Bool,
  Constant,
  ConstantType,
  DateOnly,
  Decimal,
  Double,
  Fraction,
  Int,
  Integer,
  KindName,
  NullOf,
  Numeric,
  Text,
  Timestamp,
} from './kinds.ts'
import type { Mistake } from './mistakes.ts'
import type { NestedFunctions } from './nested-functions.ts'
import type { Calculated, IsDivisor } from './operators.ts'
import type { Called, Known, Scope, TypeOf } from './scope.ts'
import type { Expr, Series } from './typed-expression.ts'

/**
 * All functions. The value that a function works on is a column's name, an expression, or a
 * constant other than text. An option, such as a pattern or a separator, is a constant. A function
 * returns null for null unless it states otherwise. `B` is the expression builder that callbacks
 * get.
 */
export type FunctionsWith<S extends Scope, B> = TextFunctions<S> &
  NumberFunctions<S> &
  Conversions<S> &
  TimeFunctions<S> &
  RowFunctions<S> &
  NestedFunctions<S> &
  Conditionals<S> &
  Aggregates<S, B> &
  Windows<S, B> &
  RawSql<S>

interface RawSql<S extends Scope> {
  /**
   * Raw SQL, a text for each engine, in which `$1` is the first argument. Give the type of its
   * result, as for a column. Nothing checks that the texts mean the same, and a table whose query
   * has raw SQL is always refreshed in full.
   */
  readonly sqlFor: <Schema extends ZodType, const Args extends readonly Argument<S>[] = readonly []>(
    texts: { readonly duckdb: string; readonly spark: string },
    options: { readonly type: Schema; readonly args?: { readonly [Index in keyof Args]: Known<S, Args[Index]> } },
  ) => Expr<QueryType<Schema>>
}

interface TextFunctions<S extends Scope> {
  /** The parts one after another; null if one of them is null. Strings are constants. */
  readonly concat: <const Parts extends readonly (Constant | Expr<unknown>)[]>(
    ...parts: { readonly [Index in keyof Parts]: TextPart<Parts[Index]> }
  ) => Expr<Text | NullOf<PartType<Parts[number]>>>
  /** The number of characters. */
  readonly length: Unary<S, Text, Int>
  readonly upper: SameText<S>
  readonly lower: SameText<S>
  /** The text with a to z in upper case, and all else unchanged. */
  readonly upperAscii: SameText<S>
  /** The text with A to Z in lower case, and all else unchanged. */
  readonly lowerAscii: SameText<S>
  /** The text without these characters at both ends, by default spaces. */
  readonly trim: TextAnd<S, [characters?: Option]>
  readonly trimStart: TextAnd<S, [characters?: Option]>
  readonly trimEnd: TextAnd<S, [characters?: Option]>
  /** The text without spaces (U+0020) at both ends. */
  readonly trimSpaces: SameText<S>
  /** The characters from `start`, counted from 1: `length` of them, or all without a length. */
  readonly substring: TextAnd<S, [start: Count, length?: Count]>
  readonly left: TextAnd<S, [count: Count]>
  readonly right: TextAnd<S, [count: Count]>
  /** The text with every `search` replaced. */
  readonly replace: TextAnd<S, [search: Option, by: Option]>
  /** The part at `index`, counted from 1, between separators. */
  readonly splitPart: TextAnd<S, [separator: Option, index: number]>
  readonly padStart: TextAnd<S, [length: number, fill: string]>
  readonly padEnd: TextAnd<S, [length: number, fill: string]>
  /** The position at which `search` begins, from 1; 0 if it is not in the text. */
  readonly position: TextAnd<S, [search: Option], Int>
  readonly startsWith: TextAnd<S, [start: Option], Bool>
  readonly endsWith: TextAnd<S, [end: Option], Bool>
  readonly contains: TextAnd<S, [part: Option], Bool>
  /** LIKE with an escape: the character after `escape` matches itself. */
  readonly like: TextAnd<S, [pattern: Option, escape: string], Bool>
  /** Whether the regular expression matches somewhere in the text. */
  readonly matches: TextAnd<S, [pattern: string], Bool>
  readonly regexpExtract: TextAnd<S, [pattern: string, group?: number]>
  readonly regexpReplace: TextAnd<S, [pattern: string, by: string]>
  readonly reverse: SameText<S>
  readonly repeat: TextAnd<S, [times: Count]>
  /** The number of bytes. */
  readonly octetLength: Unary<S, Binary, Int>
  /** Two hexadecimal digits for each byte. */
  readonly toHex: Unary<S, Binary, Text>
  /** The bytes of a text with two hexadecimal digits for each. The query fails for other text. */
  readonly fromHex: Unary<S, Text, Binary>
  /** Base64 with padding and without line breaks. */
  readonly toBase64: Unary<S, Binary, Text>
  /** The bytes of a text of base64 with padding. The query fails for other text. */
  readonly fromBase64: Unary<S, Text, Binary>
  /** The text's UTF-8 bytes. */
  readonly toBinary: Unary<S, Text, Binary>
  /** The MD5 hash of bytes, or of a text's UTF-8 bytes, as 32 hexadecimal digits. */
  readonly md5: Unary<S, Text | Binary, Text>
  /** The SHA-256 hash of bytes, or of a text's UTF-8 bytes, as 64 hexadecimal digits. */
  readonly sha256: Unary<S, Text | Binary, Text>
  /** The XXH64 hash of bytes, or of a text's UTF-8 bytes, with Spark's seed. */
  readonly xxhash64: Unary<S, Text | Binary, Bigint>
}

type PartType<Part> = Part extends Expr<infer Type> ? Type : ConstantType<Part>

type TextPart<Part> = [Exclude<PartType<Part>, null>] extends [Text]
  ? Part
  : Mistake<`this is ${KindName<PartType<Part>>}: concat needs text, as fn.toText gives`>

type SameText<S extends Scope> = Unary<S, Text, Text>

type TextAnd<S extends Scope, Options extends readonly unknown[], Gives = Text> = <const Given extends Argument<S>>(
  text: Needs<S, Given, Text>,
  ...options: Options
) => Expr<Gives | NullIn<S, Given>>

interface NumberFunctions<S extends Scope> {
  readonly abs: SameKind<S, Numeric>
  /** -1, 0 or 1. */
  readonly sign: Unary<S, Numeric, Int>
  /** Rounds to `digits` digits after the point, by default 0. */
  readonly round: <const Given extends Argument<S>>(
    number: Needs<S, Given, Numeric>,
    digits?: number,
  ) => Expr<TypeOf<S, Given>>
  readonly floor: SameKind<S, Numeric>
  readonly ceil: SameKind<S, Numeric>
  readonly trunc: <const Given extends Argument<S>>(
    number: Needs<S, Given, Numeric>,
    digits?: number,
  ) => Expr<TypeOf<S, Given>>
  /**
   * The base multiplied with itself. With a negative exponent, 1 divided by the product; null if
   * that is zero.
   */
  readonly power: <const Given extends Argument<S>, const Exponent extends number>(
    base: Needs<S, Given, Numeric>,
    exponent: Exponent,
  ) => Expr<Double | NullIn<S, Given> | (`${Exponent}` extends `-${string}` ? null : never)>
  readonly sqrt: Unary<S, Numeric, Double>
  /** e to the power of the number. */
  readonly exp: Unary<S, Numeric, Double>
  /** The natural logarithm; -Infinity for zero, NaN for a negative number. */
  readonly ln: Unary<S, Numeric, Double>
  readonly log10: Unary<S, Numeric, Double>
  readonly log2: Unary<S, Numeric, Double>
  readonly add: Calculation<S, '+'>
  readonly subtract: Calculation<S, '-'>
  readonly multiply: Calculation<S, '*'>
  /** The quotient as a double; null if the divisor is zero. */
  readonly divide: Calculation<S, '/'>
  /** The quotient truncated towards zero; null if the divisor is zero. */
  readonly intDivide: <const Left extends Argument<S>, const Right extends Argument<S>>(
    dividend: Needs<S, Left, Integer>,
    divisor: Needs<S, Right, Integer>,
  ) => Expr<Bigint | NullIn<S, Left> | (IsDivisor<Right> extends true ? never : null)>
  /** The remainder, with the sign of the dividend; null if the divisor is zero. */
  readonly modulo: Calculation<S, '%'>
  readonly negate: SameKind<S, Numeric>
}

type Calculation<S extends Scope, Op extends '+' | '-' | '*' | '/' | '%'> = <
  const Left extends Argument<S>,
  const Right extends Argument<S>,
>(
  left: Needs<S, Left, Numeric>,
  right: Needs<S, Right, Numeric>,
) => Expr<Calculated<TypeOf<S, Left>, Op, TypeOf<S, Right>, IsDivisor<Right>>>

interface Conversions<S extends Scope> {
  /** The query fails if the value does not fit. */
  readonly toInt: Unary<S, Numeric, Int>
  readonly toBigint: Unary<S, Numeric, Bigint>
  readonly toDouble: Unary<S, Numeric | Text, Double>
  /** Rounded to `scale` digits after the point. */
  readonly toDecimal: <const Given extends Argument<S>>(
    value: Needs<S, Given, Integer | Decimal | Fraction | Text>,
    precision: number,
    scale: number,
  ) => Expr<Decimal | NullIn<S, Given>>
  /** Refuses doubles, whose digits differ among engines, and timestamps, which fn.format writes. */
  readonly toText: <const Given extends Argument<S>>(
    value: Exclude<TypeOf<S, Given>, null> extends infer Type
      ? [Type] extends [never]
        ? Known<S, Given>
        : [Type] extends [Double]
          ? Mistake<`${Called<Given>} is double, whose digits differ among engines`>
          : [Type] extends [Timestamp]
            ? Mistake<`${Called<Given>} is timestamp: fn.format writes it`>
            : Known<S, Given>
      : never,
  ) => Expr<Text | NullIn<S, Given>>
  readonly toDate: Unary<S, Text | Time, DateOnly>
  readonly toTimestamp: Unary<S, Time, Timestamp>
}

interface TimeFunctions<S extends Scope> {
  readonly year: Unary<S, Time, Int>
  readonly quarter: Unary<S, Time, Int>
  readonly month: Unary<S, Time, Int>
  readonly day: Unary<S, Time, Int>
  readonly dayOfYear: Unary<S, Time, Int>
  readonly hour: Unary<S, Timestamp, Int>
  readonly minute: Unary<S, Timestamp, Int>
  readonly second: Unary<S, Timestamp, Int>
  /** The ISO 8601 week, 1 to 53. */
  readonly isoWeek: Unary<S, Time, Int>
  readonly isoYear: Unary<S, Time, Int>
  /** Monday 1 to Sunday 7. */
  readonly isoWeekday: Unary<S, Time, Int>
  /** The beginning of the unit that holds the value. */
  readonly truncate: <const Given extends Argument<S>>(at: Needs<S, Given, Time>, unit: Unit) => Expr<TypeOf<S, Given>>
  /** The value plus `amount` units, or minus them if `amount` is negative. */
  readonly addTo: <const Given extends Argument<S>, const Amount extends Argument<S>>(
    at: Needs<S, Given, Time>,
    amount: Needs<S, Amount, Integer>,
    unit: Unit,
  ) => Expr<TypeOf<S, Given> | NullIn<S, Amount>>
  /** The number of whole units from `from` to `to`. */
  readonly difference: <const From extends Argument<S>, const To extends Argument<S>>(
    from: Needs<S, From, Time>,
    to: Needs<S, To, Time>,
    unit: Unit,
  ) => Expr<Bigint | NullIn<S, From | To>>
  /** The timestamp this many milliseconds after 1970-01-01T00:00:00Z. */
  readonly timestampMillis: Unary<S, Integer, Timestamp>
  /** The milliseconds since 1970-01-01T00:00:00Z. */
  readonly epochMillis: Unary<S, Timestamp, Bigint>
  readonly makeDate: <const Y extends Argument<S>, const M extends Argument<S>, const D extends Argument<S>>(
    year: Needs<S, Y, Integer>,
    month: Needs<S, M, Integer>,
    day: Needs<S, D, Integer>,
  ) => Expr<DateOnly | NullIn<S, Y | M | D>>
  readonly parseDate: TextAnd<S, [format: string], DateOnly>
  readonly parseTimestamp: TextAnd<S, [format: string], Timestamp>
  readonly format: <const Given extends Argument<S>>(
    at: Needs<S, Given, Time>,
    format: string,
  ) => Expr<Text | NullIn<S, Given>>
  /** The time that clocks in the zone show at the timestamp. */
  readonly toZone: <const Given extends Argument<S>>(
    at: Needs<S, Given, Timestamp>,
    zone: Option,
  ) => Expr<Timestamp | NullIn<S, Given>>
  /** The timestamp at which clocks in the zone show the value. */
  readonly fromZone: <const Given extends Argument<S>>(
    at: Needs<S, Given, Timestamp>,
    zone: Option,
  ) => Expr<Timestamp | NullIn<S, Given>>
  /** The last day of the month. */
  readonly lastDay: Unary<S, Time, DateOnly>
}

interface RowFunctions<S extends Scope> {
  /**
   * A row for each value from `from` to `to`, both included: the days between two dates, say. The
   * third argument is the unit of dates and timestamps, or the step of whole numbers, by default 1.
   */
  readonly series: <const From extends Argument<S>, const To extends Argument<S>>(
    from: Needs<S, From, Time | Integer>,
    to: EndOf<S, From, To>,
    ...step: StepOf<Exclude<TypeOf<S, From | To>, null>>
  ) => Series<Exclude<Together<S, From | To>, null>>
}

/** The end of a series, or a mistake if its kind differs from that of the beginning. */
type EndOf<S extends Scope, From, To> =
  Needs<S, To, Time | Integer> extends To ? Alike<S, From | To, To> : Needs<S, To, Time | Integer>

type StepOf<Type> = [Type] extends [Integer]
  ? [step?: number]
  : [Type] extends [DateOnly]
    ? [unit: DateUnit]
    : [unit: Unit]

interface Conditionals<S extends Scope> {
  /** The first argument that is not null. */
  readonly coalesce: <const Given extends readonly Argument<S>[]>(
    ...values: { readonly [Index in keyof Given]: Alike<S, Given[number], Given[Index]> }
  ) => Expr<Together<S, Given[number]> | NullUnlessOne<{ readonly [Index in keyof Given]: NullIn<S, Given[Index]> }>>
  /** The value, or null if it equals `other`, a constant or an expression. */
  readonly nullIf: <const Given extends Argument<S>>(
    value: Needs<S, Given, unknown>,
    other: Constant | Expr<unknown>,
  ) => Expr<TypeOf<S, Given> | null>
  /** `value` if the condition holds, else `otherwise`. */
  readonly iff: <const Then extends Argument<S>, const Else extends Argument<S>>(
    condition: Expr<Bool | null>,
    value: Alike<S, Then | Else, Then>,
    otherwise: Alike<S, Then | Else, Else>,
  ) => Expr<Together<S, Then | Else> | NullIn<S, Then | Else>>
  /** The greatest of the arguments. */
  readonly greatest: Extreme<S>
  /** The least of the arguments. */
  readonly least: Extreme<S>
}

/** null if all of the arguments can be null, else never. */
type NullUnlessOne<Nulls extends readonly unknown[]> = never extends Nulls[number]
  ? { readonly [Index in keyof Nulls]: [Nulls[Index]] extends [never] ? true : false }[number] extends false
    ? null
    : never
  : null

type Extreme<S extends Scope> = <const Given extends readonly Argument<S>[]>(
  ...values: { readonly [Index in keyof Given]: Alike<S, Given[number], Given[Index]> }
) => Expr<Together<S, Given[number]> | NullIn<S, Given[number]>>
