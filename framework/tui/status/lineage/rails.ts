/** Lays out the lineage as rows of rails: one row for each asset, one rail for each upstream. */

/**
 * The assets to draw, and the upstreams of each. Upstreams that are not among the assets are not
 * drawn.
 */
export interface DrawnLineage {
  readonly keys: readonly string[]
  upstream(key: string): readonly string[]
}

/**
 * A piece of a row. `upstream` names the asset whose rail the piece belongs to, unless the piece is
 * blank.
 */
export interface RailCell {
  readonly text: string
  readonly upstream?: string
}

export interface RailRow {
  readonly key: string
  /** The pieces before the mark of the asset, and those after it. */
  readonly before: readonly RailCell[]
  readonly after: readonly RailCell[]
  /** Number of upstreams without a rail, because there was no room. */
  readonly unseen: number
}

/**
 * Orders the assets upstreams first, each as soon as possible after its upstreams, so that rails
 * are short.
 */
export function drawingOrder({ keys, upstream }: DrawnLineage): readonly string[] {
  const drawn = new Set(keys)
  const waiting = new Map<string, number>()
  const readers = new Map<string, string[]>()
  for (const key of keys) {
    const reads = upstream(key).filter((one) => drawn.has(one))
    waiting.set(key, reads.length)
    for (const one of reads) readers.set(one, [...(readers.get(one) ?? []), key])
  }
  const order: string[] = []
  const ready = keys.filter((key) => waiting.get(key) === 0).toReversed()
  for (let key = ready.pop(); key !== undefined; key = ready.pop()) {
    order.push(key)
    const next = (readers.get(key) ?? []).filter((reader) => {
      const left = (waiting.get(reader) ?? 1) - 1
      waiting.set(reader, left)
      return left === 0
    })
    ready.push(...next.toReversed())
  }
  return order
}

/** Draws at most `most` rails beside each other. `keys` are in their drawing order. */
export function layOutRails(lineage: DrawnLineage, most: number): readonly RailRow[] {
  const rails = new Rails(most)
  const drawn = new Set(lineage.keys)
  const readers = new Map<string, number>()
  for (const key of lineage.keys) {
    for (const one of lineage.upstream(key)) if (drawn.has(one)) readers.set(one, (readers.get(one) ?? 0) + 1)
  }
  return lineage.keys.map((key) => {
    const reads = lineage.upstream(key).filter((one) => drawn.has(one))
    return rails.place(key, reads, readers.get(key) ?? 0)
  })
}

interface Rail {
  readonly key: string
  /** Number of readers of the asset that have not been drawn yet. */
  readonly left: number
}

/** The rails that lead from one row to the next. */
class Rails {
  readonly #most: number
  readonly #rails: (Rail | undefined)[] = []

  constructor(most: number) {
    this.#most = most
  }

  /** Draws the row of an asset, ends the rails whose last reader it is, and begins its own rail. */
  place(key: string, reads: readonly string[], readers: number): RailRow {
    const read = new Map(
      reads.flatMap((one) => {
        const column = this.#rails.findIndex((rail) => rail?.key === one)
        return column < 0 ? [] : [[column, one] as const]
      }),
    )
    const right = Math.max(-1, ...read.keys())
    const node = this.#freeColumn(right)
    const span = { from: Math.min(node, ...read.keys()), to: Math.max(node, right) }
    const ends = new Set([...read.keys()].filter((column) => this.#rails[column]?.left === 1))
    const width = Math.max(this.#rails.length, node + 1)
    const cells = Array.from({ length: width }, (_, column) => this.#cell(column, { key, read, ends, span }))
    for (const column of read.keys()) {
      const rail = this.#rails[column]
      this.#rails[column] = ends.has(column) || !rail ? undefined : { ...rail, left: rail.left - 1 }
    }
    if (readers > 0 && node < this.#most) this.#rails[node] = { key, left: readers }
    while (this.#rails.length > 0 && this.#rails.at(-1) === undefined) this.#rails.pop()
    const after = cells.slice(node + 1).flat()
    const [, gap] = cells[node] ?? []
    return {
      key,
      before: cells.slice(0, node).flat(),
      after: after.length > 0 && gap ? [gap, ...after.slice(0, -1)] : [],
      unseen: reads.length - read.size,
    }
  }

  /** The first free column to the right of the asset's upstreams, or else the first free column. */
  #freeColumn(right: number): number {
    const free = (from: number) => {
      for (let column = from; column < this.#most; column++) if (!this.#rails[column]) return column
      return undefined
    }
    return free(right + 1) ?? free(0) ?? this.#most
  }

  #cell(column: number, { key, read, ends, span }: Row): readonly [RailCell, RailCell] {
    const inSpan = column >= span.from && column < span.to
    const gap: RailCell = inSpan ? { text: '─', upstream: key } : { text: ' ' }
    const rail = this.#rails[column]
    const one = read.get(column)
    if (one !== undefined) {
      const shape = (column > span.from ? 1 : 0) + (column < span.to ? 2 : 0) + (ends.has(column) ? 0 : 4)
      return [{ text: JOINTS[shape] ?? '│', upstream: one }, gap]
    }
    if (rail) return [{ text: '│', upstream: rail.key }, gap]
    return [column > span.from && column < span.to ? { text: '─', upstream: key } : { text: ' ' }, gap]
  }
}

interface Row {
  readonly key: string
  /** Place -> the upstream whose rail is at it. */
  readonly read: ReadonlyMap<number, string>
  /** The rails that end here. */
  readonly ends: ReadonlySet<number>
  readonly span: { readonly from: number; readonly to: number }
}

/**
 * The sign of a rail that is read, by the directions in which it continues: 1 to the left, 2 to the
 * right, 4 down.
 */
const JOINTS = ['│', '┘', '└', '┴', '│', '┤', '├', '┼']
