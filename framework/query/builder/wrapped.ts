/** Wraps Kysely's builders so that every callback gets lake's builders and functions. */
import {
  AggregateFunctionBuilder,
  type AggregateFunctionNode,
  AliasedExpressionWrapper,
  ExpressionWrapper,
  FunctionNode,
  type OperationNode,
  ValueNode,
} from 'kysely'
import { PREFIX } from './function-names.ts'

type Method = (this: Wrapped, ...args: unknown[]) => unknown

/** Wraps a builder of Kysely. It has the builder's methods, whose results are wrapped again. */
class Wrapped {
  readonly builder: object

  constructor(builder: object) {
    this.builder = builder
  }

  call(method: string, args: readonly unknown[] = []): unknown {
    return Reflect.apply(Reflect.get(this.builder, method), this.builder, args.map(wrapCallback))
  }
}

type Wrapper = new (builder: object) => Wrapped

/** The wrappers by the prototypes of Kysely's builders. */
const wrappers = new Map<object, Wrapper>()

/** The expression builder that callbacks get. */
let expressions: unknown

/**
 * Wraps builders of the class from now on. Adds the builder's methods to `Wrapper`, except those
 * that `Wrapper` has.
 */
export function wrapClass(kysely: { readonly prototype: object }, Wrapper: Wrapper = class extends Wrapped {}): void {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(kysely.prototype))) {
    if (name in Wrapper.prototype) continue
    const own = property.get ? { get: forwardGet(name) } : { value: forward(name) }
    Object.defineProperty(Wrapper.prototype, name, own)
  }
  wrappers.set(kysely.prototype, Wrapper)
}

/** Sets the expression builder that callbacks get instead of Kysely's. */
export function setExpressionBuilder(builder: unknown): void {
  expressions = builder
}

const forward = (name: string): Method =>
  function (...args) {
    return wrapBuilder(this.call(name, args))
  }

function forwardGet(name: string) {
  return function (this: Wrapped) {
    return Reflect.get(this.builder, name)
  }
}

/**
 * Wraps a builder of Kysely, and returns anything else unchanged. A function can only be Kysely's
 * expression builder, which is replaced.
 */
export function wrapBuilder(value: unknown): unknown {
  if (typeof value === 'function') return expressions
  if (typeof value !== 'object' || value === null) return value
  const Wrapper = wrappers.get(Object.getPrototypeOf(value))
  return Wrapper ? new Wrapper(value) : value
}

/**
 * Turns a callback of the author into one for Kysely, which passes lake's builders to the callback.
 */
export function wrapCallback(argument: unknown): unknown {
  return typeof argument === 'function' ? (given: unknown) => argument(wrapBuilder(given)) : argument
}

/** A window's frame, in rows from the current row; null is unbounded. */
interface Frame {
  readonly from: number | null
  readonly to: number | null
}

/** A window with a frame. Kysely's windows have none. */
class WrappedOver extends Wrapped {
  readonly frame: Frame | undefined

  constructor(builder: object, frame?: Frame) {
    super(builder)
    this.frame = frame
  }

  partitionBy(...args: unknown[]) {
    return new WrappedOver(this.call('partitionBy', args) as object, this.frame)
  }

  orderBy(...args: unknown[]) {
    return new WrappedOver(this.call('orderBy', args) as object, this.frame)
  }

  rows(from: number | null, to: number | null) {
    return new WrappedOver(this.builder, { from, to })
  }

  toOperationNode() {
    return this.call('toOperationNode')
  }
}

type AnyAggregate = AggregateFunctionBuilder<Record<string, never>, never>

class WrappedAggregate extends Wrapped {
  as(alias: string) {
    return new AliasedExpressionWrapper(new ExpressionWrapper(this.toOperationNode()), alias)
  }

  over(window?: (over: WrappedOver) => WrappedOver) {
    let frame: Frame | undefined
    const over = (builder: object) => {
      const chosen = window?.(new WrappedOver(builder)) ?? new WrappedOver(builder)
      frame = chosen.frame
      return chosen
    }
    const aggregate = (this.builder as AnyAggregate).over(over as never).toOperationNode()
    return new ExpressionWrapper(frame ? withFrame(aggregate, frame) : aggregate)
  }

  toOperationNode() {
    return this.call('toOperationNode') as AggregateFunctionNode
  }
}

function withFrame(aggregate: OperationNode, { from, to }: Frame): OperationNode {
  const parts = [aggregate, ...['rows', from, to].map((part) => ValueNode.create(part))]
  return FunctionNode.create(`${PREFIX}frame`, parts)
}

wrapClass(AggregateFunctionBuilder, WrappedAggregate)
