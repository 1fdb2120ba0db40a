/** Types of the functions of arrays, structs and maps. */
import type { Alike, Argument, Count, Needs, NullIn, Together } from './arguments.ts'
import type { ArrayOf, Bool, Compares, Constant, Int, Integer, KindName, MapOf, StructOf, Text } from './kinds.ts'
import type { Mistake, NoColumn } from './mistakes.ts'
import type { Plain, RightType } from './operators.ts'
import type { Known, Scope, TypeOf } from './scope.ts'
import type { Expr, Series } from './typed-expression.ts'

type AnyArray = ArrayOf<unknown>

/** The type of the argument's elements, with null if they can be null. */
type ElementOf<S extends Scope, Given> =
  Exclude<TypeOf<S, Given>, null> extends ArrayOf<infer Element> ? Element : never

/** A function that returns an array with some of the elements of its argument. */
type SameArray<S extends Scope, Options extends readonly unknown[]> = <const Given extends Argument<S>>(
  array: Needs<S, Given, AnyArray>,
  ...options: Options
) => Expr<TypeOf<S, Given>>

/** The value, or a mistake if it does not compare with the elements. */
type Searched<S extends Scope, Given, Value> = Value extends Constant | Expr<unknown>
  ? Compares<Plain<ElementOf<S, Given>>, Plain<RightType<Value>>> extends true
    ? Value
    : Mistake<`the elements are ${KindName<ElementOf<S, Given>>}, not ${KindName<RightType<Value>>}`>
  : never

/** The fields of a struct by name. */
type FieldsOf<S extends Scope, Given> = Exclude<TypeOf<S, Given>, null> extends StructOf<infer Fields> ? Fields : never

type AnyMap = MapOf<unknown, unknown>

type MapIn<S extends Scope, Given> = Extract<TypeOf<S, Given>, AnyMap>

/** The value, or a mistake if it does not compare with the keys. */
type SoughtKey<S extends Scope, Given, Key> = Key extends Constant | Expr<unknown>
  ? Compares<Plain<MapIn<S, Given>['key']>, Plain<RightType<Key>>> extends true
    ? Key
    : Mistake<`the keys are ${KindName<MapIn<S, Given>['key']>}, not ${KindName<RightType<Key>>}`>
  : never

type EntryFields<Key, Value> = StructOf<{ readonly key: Key; readonly value: Value }>

/** The map that an array of entries gives. */
type MapFrom<Element> =
  Exclude<Element, null> extends StructOf<{ readonly key: infer Key; readonly value: infer Value }>
    ? MapOf<Exclude<Key, null>, Value>
    : never

export interface NestedFunctions<S extends Scope> {
  /** An array of the arguments. */
  readonly array: <const Given extends readonly Argument<S>[]>(
    ...elements: { readonly [Index in keyof Given]: Alike<S, Given[number], Given[Index]> }
  ) => Expr<ArrayOf<Together<S, Given[number]> | NullIn<S, Given[number]>>>
  /** The number of elements. */
  readonly arrayLength: <const Given extends Argument<S>>(
    array: Needs<S, Given, AnyArray>,
  ) => Expr<Int | NullIn<S, Given>>
  /** The element at the position, from 1; null if there is none. */
  readonly element: <const Given extends Argument<S>, const Position extends Argument<S>>(
    array: Needs<S, Given, AnyArray>,
    position: Needs<S, Position, Integer>,
  ) => Expr<ElementOf<S, Given> | null>
  /** Whether an element equals the value, a constant or an expression. */
  readonly arrayContains: <const Given extends Argument<S>, const Value extends Constant | Expr<unknown>>(
    array: Needs<S, Given, AnyArray>,
    value: Searched<S, Given, Value>,
  ) => Expr<Bool | NullIn<S, Given> | Extract<RightType<Value>, null>>
  /** The different elements, in the order in which each first occurs. */
  readonly arrayDistinct: SameArray<S, []>
  /** The elements in ascending order, nulls last. */
  readonly arraySort: SameArray<S, []>
  /** The elements of all arrays; null if one of them is null. */
  readonly arrayConcat: <const Given extends readonly Argument<S>[]>(
    ...arrays: { readonly [Index in keyof Given]: Needs<S, Given[Index], AnyArray> }
  ) => Expr<ArrayOf<ElementOf<S, Given[number]>> | NullIn<S, Given[number]>>
  /** The elements from `start`, counted from 1, up to `length` of them. */
  readonly arraySlice: SameArray<S, [start: Count, length: Count]>
  /** The texts that are not null, with the separator between them. */
  readonly arrayJoin: <const Given extends Argument<S>>(
    array: Needs<S, Given, ArrayOf<Text | null>>,
    separator: string,
  ) => Expr<Text | NullIn<S, Given>>
  /** The parts of the text between separators. */
  readonly split: <const Given extends Argument<S>>(
    text: Needs<S, Given, Text>,
    separator: string,
  ) => Expr<ArrayOf<Text> | NullIn<S, Given>>
  /** A row for each element of the array. */
  readonly unnest: <const Given extends Argument<S>>(array: Needs<S, Given, AnyArray>) => Series<ElementOf<S, Given>>
  /** A struct with these fields. */
  readonly struct: <const Fields extends Readonly<Record<string, Argument<S>>>>(
    fields: { readonly [Name in keyof Fields]: Known<S, Fields[Name]> },
  ) => Expr<StructOf<{ readonly [Name in keyof Fields]: TypeOf<S, Fields[Name]> }>>
  /** A map of these texts to values of one type. */
  readonly map: <const Entries extends Readonly<Record<string, Argument<S>>>>(
    entries: { readonly [Name in keyof Entries]: Alike<S, Entries[keyof Entries], Entries[Name]> },
  ) => Expr<MapOf<Text, Together<S, Entries[keyof Entries]> | NullIn<S, Entries[keyof Entries]>>>
  /** A map of structs `key` and `value`. The last entry of a key counts. */
  readonly mapFromEntries: <const Given extends Argument<S>>(
    entries: Needs<S, Given, AnyArray>,
  ) => Expr<MapFrom<ElementOf<S, Given>> | NullIn<S, Given>>
  /** The entries as structs `key` and `value`, in the order of their keys. */
  readonly mapEntries: <const Given extends Argument<S>>(
    map: Needs<S, Given, AnyMap>,
  ) => Expr<ArrayOf<EntryFields<MapIn<S, Given>['key'], MapIn<S, Given>['value']>> | NullIn<S, Given>>
  /** The keys, in their order. */
  readonly mapKeys: <const Given extends Argument<S>>(
    map: Needs<S, Given, AnyMap>,
  ) => Expr<ArrayOf<MapIn<S, Given>['key']> | NullIn<S, Given>>
  /** The values, in the order of their keys. */
  readonly mapValues: <const Given extends Argument<S>>(
    map: Needs<S, Given, AnyMap>,
  ) => Expr<ArrayOf<MapIn<S, Given>['value']> | NullIn<S, Given>>
  /** The number of entries. */
  readonly mapLength: <const Given extends Argument<S>>(map: Needs<S, Given, AnyMap>) => Expr<Int | NullIn<S, Given>>
  /** The value of the key; null if there is none. */
  readonly mapElement: <const Given extends Argument<S>, const Key extends Constant | Expr<unknown>>(
    map: Needs<S, Given, AnyMap>,
    key: SoughtKey<S, Given, Key>,
  ) => Expr<MapIn<S, Given>['value'] | null>
  /** Whether the map has the key. */
  readonly mapContains: <const Given extends Argument<S>, const Key extends Constant | Expr<unknown>>(
    map: Needs<S, Given, AnyMap>,
    key: SoughtKey<S, Given, Key>,
  ) => Expr<Bool | NullIn<S, Given> | Extract<RightType<Key>, null>>
  /** The field of the struct; null if the struct is null. */
  readonly field: <const Given extends Argument<S>, const Name extends string>(
    struct: Needs<S, Given, StructOf<unknown>>,
    name: Name extends keyof FieldsOf<S, Given> ? Name : NoColumn<Name, keyof FieldsOf<S, Given>>,
  ) => Expr<(Name extends keyof FieldsOf<S, Given> ? FieldsOf<S, Given>[Name] : never) | NullIn<S, Given>>
}
