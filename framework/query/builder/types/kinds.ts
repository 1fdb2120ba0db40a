/** Types of columns and expressions for the TypeScript compiler. No value ever has one of them. */

/** Unicode text. */
export interface Text {
  readonly type: 'text'
}

/** True or false. */
export interface Bool {
  readonly type: 'boolean'
}

/** A 32-bit integer. */
export interface Int {
  readonly type: 'int'
}

/** A 64-bit integer. */
export interface Bigint {
  readonly type: 'bigint'
}

/** A 64-bit floating point number. */
export interface Double {
  readonly type: 'double'
}

/** A decimal of any precision and scale. The reader determines them when the project loads. */
export interface Decimal {
  readonly type: 'decimal'
}

/** A calendar date. */
export interface DateOnly {
  readonly type: 'date'
}

/** A timestamp in UTC. */
export interface Timestamp {
  readonly type: 'timestamp'
}

/** Bytes. */
export interface Binary {
  readonly type: 'binary'
}

/** A list of values of type `Element`, which includes null if elements can be null. */
export interface ArrayOf<out Element> {
  readonly type: 'array'
  readonly element: Element
}

/** Named values. */
export interface StructOf<out Fields> {
  readonly type: 'struct'
  readonly fields: Fields
}

/** A value for each of some keys. */
export interface MapOf<out Key, out Value> {
  readonly type: 'map'
  readonly key: Key
  readonly value: Value
}

/** A constant text. Beside a date, timestamp or decimal it is a value of that type. */
export interface TextConstant extends Text {
  readonly constant: true
}

/** A constant such as 0.5: a decimal if it is beside one or declared as one, else a double. */
export interface Fraction {
  readonly type: 'decimal or double'
}

export type Integer = Int | Bigint
export type Numeric = Integer | Double | Decimal | Fraction

/** The values that a query can hold. */
export type Constant = string | number | bigint | boolean | Date | Uint8Array

/**
 * The type of a constant. A whole number is an int, because an int can be widened to every number
 * type.
 */
export type ConstantType<Value> = Value extends string
  ? TextConstant
  : Value extends number
    ? NumberType<Value>
    : Value extends bigint
      ? Int
      : Value extends boolean
        ? Bool
        : Value extends Date
          ? Timestamp
          : Value extends Uint8Array
            ? Binary
            : Value extends null
              ? null
              : never

type NumberType<Value extends number> = number extends Value ? Int : `${Value}` extends `${bigint}` ? Int : Fraction

/** null if the type includes null, else never. */
export type NullOf<Type> = Extract<Type, null>

/** The type's name in messages: `text`, `int`, ... */
export type KindName<Type> = [Type] extends [null]
  ? 'null'
  : Exclude<Type, null> extends { readonly type: infer Name extends string }
    ? Name
    : 'unknown'

/** The widest of a union of numeric types, which is the type of `+`, `-` and `*`. */
export type Widest<Types> = [Extract<Types, Double>] extends [never]
  ? [Extract<Types, Decimal>] extends [never]
    ? [Extract<Types, Fraction>] extends [never]
      ? [Extract<Types, Bigint>] extends [never]
        ? Int
        : Bigint
      : [Extract<Types, Integer>] extends [never]
        ? Fraction
        : Double
    : Decimal
  : Double

/** The common type of a union of types, without null; never if there is none. */
export type Unified<Types> = [Exclude<Types, null>] extends [never]
  ? never
  : [Exclude<Types, null>] extends [Numeric]
    ? Widest<Exclude<Types, null>>
    : [Exclude<Types, null>] extends [Text]
      ? [Exclude<Types, null>] extends [TextConstant]
        ? TextConstant
        : Text
      : [Extract<Types, Binary>] extends [never]
        ? OneOf<Exclude<Types, null | TextConstant>>
        : [Exclude<Types, null>] extends [Binary]
          ? Binary
          : never

/**
 * The common type of other kinds. Beside a timestamp, a date is the timestamp of its midnight, UTC.
 */
type OneOf<Types> = [Types] extends [Bool]
  ? Bool
  : [Types] extends [DateOnly]
    ? DateOnly
    : [Types] extends [DateOnly | Timestamp]
      ? Timestamp
      : [Types] extends [Decimal | Integer | Fraction]
        ? [Extract<Types, Decimal>] extends [never]
          ? never
          : Decimal
        : [Types] extends [ArrayOf<infer Element>]
          ? ArrayOf<Element>
          : [Types] extends [StructOf<infer Fields>]
            ? StructOf<Fields>
            : [Types] extends [MapOf<infer Key, infer Value>]
              ? MapOf<Key, Value>
              : never

/** Whether values of the two types compare. Neither includes null. */
export type Compares<Left, Right> = [Left] extends [never]
  ? true
  : [Right] extends [never]
    ? true
    : [Unified<Left | Right>] extends [never]
      ? false
      : true

/**
 * Whether a column declared as `Declared` can hold the query's type `Given`. Neither includes null.
 */
export type Holds<Declared, Given> = Given extends Declared
  ? true
  : Declared extends Integer
    ? Given extends Integer
      ? true
      : false
    : Declared extends Double
      ? Given extends Int | Fraction
        ? true
        : false
      : Declared extends Decimal
        ? Given extends Integer | Fraction
          ? true
          : false
        : false
