/**
 * Computes the new value of an aggregate from its old value and the group's added and removed rows,
 * if that is exact.
 */

import { condition, isNotNull, isNull } from '../../expression/conditions.ts'
import { type AggregateCall, type Expression, isSameExpression } from '../../expression/expression.ts'
import { converted } from '../../expression/function.ts'
import { call } from '../../expression/functions/call.ts'
import { literal, nullOf, readAs } from '../../expression/literal.ts'
import { asDecimal, DOUBLE, decimalType, INT, MAX_PRECISION, type TypeKind } from '../../expression/value-type.ts'
import type { HeldFunction, NetChanges, Side } from './net-changes.ts'

/** The value, and the conditions under which it is known to be right. */
interface NewValue {
  readonly value: Expression
  readonly sure: readonly Expression[]
}

/** A group before the change: the values that the table holds. */
interface OldGroup {
  readonly held: readonly HeldFunction[]
  /** Whether the group exists only while it has a row. If not, it always exists. */
  readonly hasKeys: boolean
}

/**
 * Maximum number of digits of a value in a sum that is computed by difference, including those
 * after the point. A group with a larger value is added up anew. A sum of 38 digits has room for
 * 10^11 values of this size.
 */
const SMALL_DIGITS = 27
/** Sums beyond 10 to this power, counted in units of their last digit, are added up anew. */
const SUM_DIGITS = 37
/**
 * Below this number of units, a double holds each average exactly enough to distinguish the sum
 * from its neighbors.
 */
const AVERAGED_UNITS = 2 ** 49
/** Maximum scale at which a double is read as a decimal. */
const AVERAGED_SCALE = 15

/** Types whose values all engines compare alike. */
const ORDERED: readonly TypeKind[] = ['int', 'bigint', 'decimal', 'date', 'timestamp', 'text']

const int = (value: number) => literal(BigInt(value), INT)
export const ZERO = int(0)
const or = (...conditions: readonly Expression[]) => condition('or', conditions)
const and = (...conditions: readonly Expression[]) => condition('and', conditions)

/** Returns undefined if the new value needs all rows of the group. */
export function newValue(net: NetChanges, group: OldGroup, { call: own, old }: HeldFunction): NewValue | undefined {
  if (own.distinct || own.orderBy.length > 0) return undefined
  switch (own.name) {
    case 'count':
    case 'count_rows':
    case 'count_if':
      return { value: changedCount(net, own, old), sure: [] }
    case 'sum':
    case 'sum_bigint':
      return own.args[0]?.type.kind === 'double' ? undefined : newSum(net, group, { call: own, old })
    case 'avg':
      return newAverage(net, group, { call: own, old })
    case 'min':
    case 'max':
      return ORDERED.includes(own.type.kind) ? newExtreme(net, { call: own, old }) : undefined
    default:
      return undefined
  }
}

/** Whether the group has rows after the change. */
export function stillExists(net: NetChanges, { held, hasKeys }: OldGroup): NewValue {
  const always = literal(true, { kind: 'boolean' })
  if (!hasKeys) return { value: always, sure: [] }
  const rows = held.find(({ call: own }) => countsRows(own))
  if (rows) return { value: call('>', changedCount(net, rows.call, rows.old), ZERO), sure: [] }
  const count = (side: Side) => net.over(side, 'count_rows', [], undefined)
  const totals = held.filter(isExactSum).map((sum) => newTotal(net, sum).total)
  return {
    value: always,
    sure: [or(call('=', count('removed'), ZERO), call('>', count('added'), ZERO), ...totals.map(isNotZero))],
  }
}

const isExactSum = ({ call: { name, args, distinct } }: HeldFunction): boolean =>
  (name === 'sum' || name === 'sum_bigint') && !distinct && args[0]?.type.kind !== 'double'

/** Whether it is likely that a group with only removed rows does not have to be recomputed. */
export const survivesRemoval = ({ held, hasKeys }: OldGroup): boolean =>
  held.every((one) => !one.call.name.startsWith('sum') || isExactSum(one)) &&
  (!hasKeys || held.some((one) => countsRows(one.call) || isExactSum(one)))

/** A sum of no values would be zero, so at least one value is left. */
const isNotZero = (total: Expression): Expression => call('<>', total, ZERO)

const countsRows = ({ name, args: [counted], filter, distinct }: AggregateCall): boolean =>
  !filter && !distinct && (name === 'count_rows' || (name === 'count' && counted?.nullable === false))

function changedCount(net: NetChanges, { name, args, filter }: AggregateCall, old: Expression): Expression {
  const [added, removed] = [net.over('added', name, args, filter), net.over('removed', name, args, filter)]
  return call('-', call('+', call('coalesce', old, ZERO), added), removed)
}

interface HeldCount {
  readonly before: Expression
  readonly after: Expression
}

/** The number of values that are not null; undefined if the table does not hold it. */
function heldCount(net: NetChanges, { held }: OldGroup, { args, filter }: AggregateCall): HeldCount | undefined {
  const [value] = args
  const found = held.find(({ call: other }) => {
    if (value?.nullable === false && !filter && countsRows(other)) return true
    const [counted] = other.args
    if (other.name !== 'count' || other.distinct || !counted || !value) return false
    return isSameExpression(counted, value) && isSameFilter(other.filter, filter)
  })
  return found && { before: call('coalesce', found.old, ZERO), after: changedCount(net, found.call, found.old) }
}

const isSameFilter = (one: Expression | undefined, other: Expression | undefined): boolean =>
  one && other ? isSameExpression(one, other) : one === other

/** What a change adds to the sum and removes from it, as decimals without overflow. */
function changedSum(net: NetChanges, { args: [value], filter }: AggregateCall) {
  if (!value) throw new Error('a sum has an argument')
  const type = asDecimal(value.type)
  const summed = converted(value, type)
  const small = type.precision > SMALL_DIGITS ? ifSmall(summed, SMALL_DIGITS - type.scale) : summed
  const of = (side: Side) => ({
    sum: call('coalesce', net.over(side, 'sum', [small], filter), ZERO),
    values: net.over(side, 'count', [value], filter),
    smallValues: net.over(side, 'count', [small], filter),
  })
  const [added, removed] = [of('added'), of('removed')]
  const sure = small === summed ? [] : [added, removed].map((side) => call('=', side.values, side.smallValues))
  return { added, removed, sure, sumType: decimalType(MAX_PRECISION, type.scale) }
}

/** Null for a value outside of ±10^digits. `digits` can be negative. */
function ifSmall(value: Expression, digits: number): Expression {
  return call('iff', isWithin(value, digits), value, nullOf(value.type))
}

function isWithin(value: Expression, digits: number): Expression {
  const text = digits >= 0 ? `1${'0'.repeat(digits)}` : `0.${'0'.repeat(-digits - 1)}1`
  const limit = (sign: string) => readAs(`${sign}${text}`, decimalType(MAX_PRECISION, 0)) ?? nullOf(value.type)
  return and(call('<', value, limit('')), call('>', value, limit('-')))
}

/** The sum of the values that are left, or zero if none is. */
function newTotal(net: NetChanges, { call: own, old }: HeldFunction) {
  const changes = changedSum(net, own)
  const before = call('coalesce', converted(old, changes.sumType), ZERO)
  return { ...changes, total: call('-', call('+', before, changes.added.sum), changes.removed.sum) }
}

function newSum(net: NetChanges, group: OldGroup, { call: own, old }: HeldFunction): NewValue {
  const { added, removed, sure, sumType, total } = newTotal(net, { call: own, old })
  const sum = own.type.kind === 'decimal' ? total : call('to_bigint', total)
  const isSmall = or(isNull(old), isWithin(old, SUM_DIGITS - sumType.scale))
  const count = heldCount(net, group, own)
  if (count) {
    const value = call('iff', call('=', count.after, ZERO), nullOf(own.type), sum)
    return { value, sure: [...sure, isSmall] }
  }
  const [input] = own.args
  const hasValue = group.hasKeys && input?.nullable === false && !own.filter
  const isNone = and(isNull(old), call('=', added.values, ZERO))
  // If values are removed, none are added and the remaining sum is zero, it is unknown whether any
  // values are left.
  const stays = [
    or(call('=', removed.values, ZERO), isNotNull(old)),
    ...(hasValue ? [] : [or(call('=', removed.values, ZERO), call('>', added.values, ZERO), isNotZero(total))]),
  ]
  return { value: call('iff', isNone, nullOf(own.type), sum), sure: [...sure, isSmall, ...stays] }
}

/**
 * The table has to hold the count. If it does not hold the sum, the sum is computed from the
 * average.
 */
function newAverage(net: NetChanges, group: OldGroup, { call: own, old }: HeldFunction): NewValue | undefined {
  const [value] = own.args
  const count = heldCount(net, group, own)
  if (!value || value.type.kind === 'double' || !count) return undefined
  const { added, removed, sure, sumType } = changedSum(net, own)
  const held = group.held.find(
    ({ call: { name, args, filter, distinct } }) =>
      name === 'sum' && !distinct && args[0] && isSameExpression(args[0], value) && isSameFilter(filter, own.filter),
  )
  const read = held ? { sum: converted(held.old, sumType), sure: [] } : averagedSum(old, count.before, sumType.scale)
  if (!read) return undefined
  const total = call('-', call('+', call('coalesce', read.sum, ZERO), added.sum), removed.sum)
  const average = call('/', total, count.after)
  const isSmall = or(isNull(read.sum), isWithin(read.sum, SUM_DIGITS - sumType.scale))
  return { value: average, sure: [...sure, ...read.sure, isSmall] }
}

/** The only sum that has this average. */
function averagedSum(average: Expression, count: Expression, scale: number) {
  if (scale > AVERAGED_SCALE) return undefined
  const product = call('*', average, converted(count, DOUBLE))
  const limit = (sign: number) => literal((sign * AVERAGED_UNITS) / 10 ** scale, DOUBLE)
  const fits = and(call('<', product, limit(1)), call('>', product, limit(-1)))
  const sum = call('to_decimal', call('iff', fits, product, nullOf(DOUBLE)), int(MAX_PRECISION), int(scale))
  const isRead = or(call('=', count, ZERO), call('=', call('/', sum, count), average))
  return { sum, sure: [isRead] }
}

function newExtreme(net: NetChanges, { call: own, old }: HeldFunction): NewValue {
  const { name, args, filter } = own
  const [better, worse] = name === 'min' ? ['<', '>'] : ['>', '<']
  const [best, removedBest] = [net.over('added', name, args, filter), net.over('removed', name, args, filter)]
  const isBetter = or(isNull(old), call(better, best, old))
  const isKept = or(isNull(removedBest), call(worse, removedBest, old), isBetter, call('=', best, old))
  return { value: call('iff', and(isNotNull(best), isBetter), best, old), sure: [isKept] }
}
