/**
 * Writes expressions as SQL of a dialect, with brackets around every operation so that precedence
 * never matters.
 */
import { castSql } from './cast-sql.ts'
import type { SqlDialect } from './dialect.ts'
import {
  type AggregateCall,
  type Call,
  type ColumnReference,
  type Expression,
  type Literal,
  type RawSql,
  referencesIn,
  type SortItem,
  type WindowCall,
  type WindowFrame,
} from './expression.ts'
import type { DoublePieces } from './function.ts'
import { type AggregateFunction, type AggregateParts, type AggregateSql, filled, type ScalarSql } from './function.ts'
import { sortKeySql, unsignedSql } from './functions/nested/nested-sql.ts'
import { functionNamed } from './functions/registry.ts'
import { doubleText } from './functions/sql-fragments.ts'
import { isoText } from './moments.ts'
import type { ValueType } from './value-type.ts'

/** Columns that the rows have in addition to those that the expression names. */
export interface RowColumns {
  /** Columns that break ties of a window's order. */
  readonly ties?: readonly ColumnReference[]
  /** The pieces of each double that is summed (see double-sum.ts), by the SQL of the double. */
  readonly pieces?: ReadonlyMap<string, DoublePieces>
}

export function expressionSql(expression: Expression, dialect: SqlDialect, rows: RowColumns = {}): string {
  return new Printer(dialect, rows).print(expression)
}

/**
 * Writes an expression that becomes a column. Adding 0.0 turns -0.0 into 0.0, because some parts of
 * the engines distinguish the two.
 */
export function columnSql(expression: Expression, dialect: SqlDialect, rows: RowColumns = {}): string {
  const sql = expressionSql(expression, dialect, rows)
  return ['column', 'literal', 'cast'].includes(expression.kind) ? sql : unsignedSql(sql, expression.type, dialect.name)
}

export function sortItemSql(item: SortItem, dialect: SqlDialect): string {
  return new Printer(dialect, {}).item(item)
}

class Printer {
  readonly #dialect: SqlDialect
  readonly #rows: RowColumns

  constructor(dialect: SqlDialect, rows: RowColumns) {
    this.#dialect = dialect
    this.#rows = rows
  }

  print(expression: Expression): string {
    switch (expression.kind) {
      case 'column':
        return expression.id
      case 'literal':
        return literalSql(expression, this.#dialect)
      case 'call':
        return this.#call(expression)
      case 'case': {
        const branches = expression.branches.map(
          ({ when, result }) => `WHEN ${this.print(when)} THEN ${this.print(result)}`,
        )
        return `CASE ${branches.join(' ')} ELSE ${this.print(expression.otherwise)} END`
      }
      case 'cast':
        return castSql(this.print(expression.input), [expression.input.type, expression.type], this.#dialect)
      case 'aggregate':
        return this.#aggregate(expression)
      case 'window':
        return this.#window(expression)
      case 'raw':
        return `(${this.#raw(expression)})`
    }
  }

  #call({ name, args }: Call): string {
    const called = functionNamed(name)
    if (called.kind === 'aggregate' || called.kind === 'series') throw new Error(`${name} gives no value of a row`)
    return this.#scalar(called.sql, args)
  }

  #scalar(sql: ScalarSql | Readonly<Record<SqlDialect['name'], ScalarSql>>, args: readonly Expression[]): string {
    const own = typeof sql === 'object' ? sql[this.#dialect.name] : sql
    const texts = args.map((argument) => this.print(argument))
    return typeof own === 'string'
      ? filled(own, texts)
      : own(
          texts,
          args.map(({ type }) => type),
          { given: args, dialect: this.#dialect },
        )
  }

  #aggregate({ name, args, distinct, filter, orderBy, type }: AggregateCall): string {
    const called = functionNamed(name)
    if (called.kind !== 'aggregate') throw new Error(`${name} is no aggregate`)
    const over = filter ? ` FILTER (WHERE ${this.print(filter)})` : ''
    // The aggregated value breaks ties of the order.
    const items = called.ordered ? [...orderBy, ...args.slice(0, 1).map(ascending)] : orderBy
    // DuckDB refuses to order by a constant.
    const deciding = items.filter((item) => referencesIn(item.expression).length > 0)
    return aggregateSql(called, this.#dialect, {
      ...this.#arguments(args),
      result: type,
      distinct: distinct ? 'DISTINCT ' : '',
      orderBy: deciding.length > 0 ? ` ORDER BY ${this.#sorted(deciding)}` : '',
      items: items.map(({ expression, ...item }) => ({ ...item, sql: this.#sortKey(expression) })),
      over,
    })
  }

  #window(expression: WindowCall): string {
    const { name, args, filter, type } = expression
    const called = functionNamed(name)
    const over = ` OVER (${this.#over(expression)})`
    if (called.kind === 'aggregate') {
      const { counted, given } = this.#filtered(called, args, filter)
      return aggregateSql(counted, this.#dialect, {
        ...given,
        ...{ result: type, distinct: '', orderBy: '', items: [], over },
      })
    }
    if (called.kind !== 'window') throw new Error(`${name} has no meaning over a window`)
    return windowCast(`${this.#scalar(called.sql, args)}${over}`, type, this.#dialect)
  }

  /**
   * Writes a filter over a window, for which Spark has no FILTER: rows that it drops become nulls,
   * which aggregates ignore.
   */
  #filtered(called: AggregateFunction, args: readonly Expression[], filter: Expression | undefined) {
    const given = this.#arguments(args)
    if (!filter) return { counted: called, given }
    const condition = this.print(filter)
    const counted = functionNamed('count_if')
    if (args.length === 0 && counted.kind === 'aggregate') return { counted, given: { ...given, args: [condition] } }
    const filtered = args.map((argument, index) =>
      argument.kind === 'literal' ? given.args[index] : `CASE WHEN ${condition} THEN ${given.args[index]} END`,
    )
    return { counted: called, given: { ...given, args: filtered as readonly string[], pieces: undefined } }
  }

  #over({ name, partitionBy, orderBy, frame }: WindowCall): string {
    const called = functionNamed(name)
    const isByRow = frame !== undefined || (called.kind === 'window' && called.order === 'ties')
    const ties = isByRow ? (this.#rows.ties ?? []).map((column) => this.item(ascending(column))) : []
    const items = [...orderBy.map((item) => this.item(item)), ...ties]
    return [
      ...(partitionBy.length > 0 ? [`PARTITION BY ${partitionBy.map((part) => this.print(part)).join(', ')}`] : []),
      ...(items.length > 0 ? [`ORDER BY ${items.join(', ')}`] : []),
      ...(frame ? [frameSql(frame)] : []),
    ].join(' ')
  }

  #arguments(args: readonly Expression[]): Pick<AggregateParts, 'args' | 'types' | 'pieces'> {
    const texts = args.map((argument) => this.print(argument))
    return { args: texts, types: args.map(({ type }) => type), pieces: this.#rows.pieces?.get(texts[0] ?? '') }
  }

  item({ expression, direction, nulls }: SortItem): string {
    return `${this.#sortKey(expression)} ${direction.toUpperCase()} NULLS ${nulls.toUpperCase()}`
  }

  /** What the value is sorted by. */
  #sortKey(expression: Expression): string {
    return sortKeySql(this.print(expression), expression.type, this.#dialect.name)
  }

  #sorted(items: readonly SortItem[]): string {
    return items.map((item) => this.item(item)).join(', ')
  }

  #raw({ texts, args }: RawSql): string {
    return filled(
      texts[this.#dialect.name],
      args.map((argument) => this.print(argument)),
    )
  }
}

const ascending = (expression: Expression): SortItem => ({ expression, direction: 'asc', nulls: 'last' })

function aggregateSql({ sql }: AggregateFunction, { name }: SqlDialect, parts: AggregateParts): string {
  const own: AggregateSql = typeof sql === 'function' ? sql : sql[name]
  return own(parts)
}

/** Casts ranks, which are BIGINT on one engine and INT on the other. */
function windowCast(sql: string, type: ValueType, dialect: SqlDialect): string {
  return type.kind === 'bigint' || type.kind === 'double' ? `CAST(${sql} AS ${dialect.typeName(type)})` : sql
}

function frameSql({ from, to }: WindowFrame): string {
  return `ROWS BETWEEN ${boundSql(from, 'PRECEDING')} AND ${boundSql(to, 'FOLLOWING')}`
}

function boundSql(bound: number | null, unbounded: 'PRECEDING' | 'FOLLOWING'): string {
  if (bound === null) return `UNBOUNDED ${unbounded}`
  if (bound === 0) return 'CURRENT ROW'
  return bound < 0 ? `${-bound} PRECEDING` : `${bound} FOLLOWING`
}

function literalSql({ value, type }: Literal, dialect: SqlDialect): string {
  const name = dialect.typeName(type)
  if (value === null) return `CAST(NULL AS ${name})`
  switch (type.kind) {
    case 'text':
      return `(${dialect.text(String(value))})`
    case 'boolean':
    case 'int':
      return String(value)
    case 'bigint':
      return `CAST(${dialect.text(String(value))} AS ${name})`
    case 'decimal':
      return `CAST('${value}' AS ${name})`
    case 'double':
      return doubleSql(Number(value), name)
    case 'date':
      return `DATE '${value}'`
    case 'timestamp':
      return dialect.timestamp(`${isoText(BigInt(value))}Z`)
    case 'binary':
      return dialect.binary(String(value))
    case 'array':
    case 'struct':
    case 'map':
      throw new Error(`there is no constant of type ${type.kind}`)
  }
}

function doubleSql(value: number, type: string): string {
  if (!Number.isFinite(value)) return `CAST('${value}' AS ${type})`
  // String(-0) is 0.
  return value < 0 ? `(${doubleText(value)})` : doubleText(value)
}
