/** Kysely's builders with ours in the places where they call back, so that every callback gets our functions. */
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

/** A builder of Kysely's. Its methods are those of the builder; what they give is wrapped again. */
class Wrapped {
  readonly builder: object

  constructor(builder: object) {
    this.builder = builder
  }

  call(method: string, args: readonly unknown[] = []): unknown {
    return Reflect.apply(Reflect.get(this.builder, method), this.builder, args.map(withOurs))
  }
}

type Wrapper = new (builder: object) => Wrapped

/** By the prototypes of Kysely's builders. */
const wrappers = new Map<object, Wrapper>()

/** What stands for Kysely's expression builder in callbacks. */
let expressions: unknown

/** From now on, builders of the class are given as `Wrapper`, which gets a method for each that it has not. */
export function wrapClass(kysely: { readonly prototype: object }, Wrapper: Wrapper = class extends Wrapped {}): void {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(kysely.prototype))) {
    if (name in Wrapper.prototype) continue
    const own = property.get ? { get: forwardGet(name) } : { value: forward(name) }
    Object.defineProperty(Wrapper.prototype, name, own)
  }
  wrappers.set(kysely.prototype, Wrapper)
}

/** Callbacks get `builder` where Kysely would give its own expression builder. */
export function setExpressionBuilder(builder: unknown): void {
  expressions = builder
}

const forward = (name: string): Method =>
  function (...args) {
    return ours(this.call(name, args))
  }

function forwardGet(name: string) {
  return function (this: Wrapped) {
    return Reflect.get(this.builder, name)
  }
}

/** Our builder for one of Kysely's; everything else as it is. Its expression builder is the only function among them. */
export function ours(value: unknown): unknown {
  if (typeof value === 'function') return expressions
  if (typeof value !== 'object' || value === null) return value
  const Wrapper = wrappers.get(Object.getPrototypeOf(value))
  return Wrapper ? new Wrapper(value) : value
}

/** A callback that gets our builders, for Kysely to call. */
export function withOurs(argument: unknown): unknown {
  return typeof argument === 'function' ? (given: unknown) => argument(ours(given)) : argument
}

/** The frame of a window: rows counted from the row itself; null is without an end. */
interface Frame {
  readonly from: number | null
  readonly to: number | null
}

/** A window with a frame, which Kysely's has not. */
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
