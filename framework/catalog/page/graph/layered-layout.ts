/**
 * Places the nodes of a lineage graph in columns: each node is to the right of everything that it
 * reads, and near its neighbours. Takes milliseconds for thousands of nodes, so the page computes
 * it again whenever a reader hides or shows something.
 */

interface NodeSize {
  readonly width: number
  readonly height: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

const COLUMN_GAP = 70
const ROW_GAP = 14
/** The height of an edge in a column that it passes. */
const PASSING_HEIGHT = 6
const SWEEPS = 8

/** A node, or the place at which an edge passes a column. */
interface Slot {
  readonly id: string | null
  readonly column: number
  readonly height: number
  readonly left: Slot[]
  readonly right: Slot[]
  y: number
}

export interface Layout {
  /** Id -> the centre of the node. */
  readonly centres: ReadonlyMap<string, Point>
  /** For each edge, the points at which it enters and leaves the columns between its nodes. */
  readonly bends: readonly (readonly Point[])[]
}

/**
 * Edges go from left to right, except some edges between groups that read each other in a circle.
 */
export function layeredLayout(
  sizes: ReadonlyMap<string, NodeSize>,
  edges: readonly (readonly [string, string])[],
): Layout {
  const columns = columnsOf([...sizes.keys()], edges)
  const slots = new Map([...sizes].map(([id, { height }]) => [id, newSlot(id, columns.get(id) ?? 0, height)] as const))
  const all = [...slots.values()]
  const passed = edges.map(([from, to]) => {
    const [start, end] = [slots.get(from), slots.get(to)]
    return start && end ? connect(start, end) : []
  })
  all.push(...passed.flat())
  const byColumn = slotsByColumn(all)
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const leftwards = sweep % 2 === 1
    for (const column of leftwards ? byColumn.toReversed() : byColumn) {
      place(column, (slot) => mean(leftwards ? slot.right : slot.left))
    }
  }
  for (const column of byColumn) place(column, (slot) => mean([...slot.left, ...slot.right]))
  const spans = columnSpans(byColumn, sizes)
  const pointsIn = ({ column, y }: Slot) => (spans[column] ?? []).map((x) => ({ x, y }))
  return {
    centres: new Map([...slots].map(([id, { column, y }]) => [id, { x: middleOf(spans[column]), y }])),
    bends: passed.map((places) => places.flatMap(pointsIn)),
  }
}

const newSlot = (id: string | null, column: number, height: number): Slot => ({
  ...{ id, column, height, y: 0 },
  ...{ left: [], right: [] },
})

/** Connects the slots over the columns between them, and returns the slots there. */
function connect(start: Slot, end: Slot): readonly Slot[] {
  const between: Slot[] = []
  for (let column = start.column + 1; column < end.column; column++) {
    between.push(newSlot(null, column, PASSING_HEIGHT))
  }
  const path = start.column < end.column ? [start, ...between, end] : []
  for (const [index, slot] of path.entries()) {
    const next = path[index + 1]
    if (!next) break
    slot.right.push(next)
    next.left.push(slot)
  }
  return between
}

/**
 * Longest distance from a node that reads nothing. Such a node is moved to the column before its
 * first reader.
 */
function columnsOf(ids: readonly string[], edges: readonly (readonly [string, string])[]): ReadonlyMap<string, number> {
  const readers = new Map<string, string[]>(ids.map((id) => [id, []]))
  const waiting = new Map<string, number>(ids.map((id) => [id, 0]))
  for (const [from, to] of edges) {
    readers.get(from)?.push(to)
    waiting.set(to, (waiting.get(to) ?? 0) + 1)
  }
  const roots = ids.filter((id) => waiting.get(id) === 0)
  const columns = new Map<string, number>()
  const ready = [...roots]
  for (const rest = new Set(ids); rest.size > 0; ) {
    // If nothing is ready, groups read each other in a circle. Begin with any of them.
    const id = ready.pop() ?? [...rest][0] ?? ''
    if (!rest.delete(id)) continue
    const column = columns.get(id) ?? 0
    columns.set(id, column)
    for (const reader of readers.get(id) ?? []) {
      if (!rest.has(reader)) continue
      columns.set(reader, Math.max(columns.get(reader) ?? 0, column + 1))
      const left = (waiting.get(reader) ?? 0) - 1
      waiting.set(reader, left)
      if (left === 0) ready.push(reader)
    }
  }
  for (const id of roots) {
    const next = (readers.get(id) ?? []).map((reader) => columns.get(reader) ?? 0)
    if (next.length > 0) columns.set(id, Math.max(0, Math.min(...next) - 1))
  }
  return columns
}

function slotsByColumn(all: readonly Slot[]): readonly Slot[][] {
  const columns: Slot[][] = []
  for (const slot of all) {
    columns[slot.column] ??= []
    columns[slot.column]?.push(slot)
  }
  for (const column of columns) place(column ?? [], () => null)
  return Array.from(columns, (column) => column ?? [])
}

/**
 * Orders the slots of a column by their wanted places, and moves them there as far as they do not
 * overlap.
 */
function place(column: Slot[], wanted: (slot: Slot) => number | null): void {
  const wishes = new Map(column.map((slot) => [slot, wanted(slot) ?? slot.y]))
  const wish = (slot: Slot | undefined) => (slot && wishes.get(slot)) ?? 0
  column.sort((one, other) => wish(one) - wish(other))
  const distance = (one: Slot, other: Slot) => (one.height + other.height) / 2 + ROW_GAP
  // No slots overlap at the lowest places, and none at the highest, so none do at the mean of both.
  const [lowest, highest]: [number[], number[]] = [[], []]
  column.forEach((slot, index) => {
    const before = column[index - 1]
    lowest.push(before ? Math.max(wish(slot), (lowest[index - 1] ?? 0) + distance(before, slot)) : wish(slot))
  })
  column.toReversed().forEach((slot, index, reversed) => {
    const after = reversed[index - 1]
    highest.push(after ? Math.min(wish(slot), (highest[index - 1] ?? 0) - distance(slot, after)) : wish(slot))
  })
  highest.reverse()
  column.forEach((slot, index) => {
    slot.y = ((lowest[index] ?? 0) + (highest[index] ?? 0)) / 2
  })
}

const middleOf = ([left, right]: readonly [number, number] = [0, 0]): number => (left + right) / 2

const mean = (slots: readonly Slot[]): number | null =>
  slots.length === 0 ? null : slots.reduce((sum, { y }) => sum + y, 0) / slots.length

/** Returns the left and the right edge of each column. */
function columnSpans(
  columns: readonly (readonly Slot[])[],
  sizes: ReadonlyMap<string, NodeSize>,
): readonly (readonly [number, number])[] {
  let x = 0
  return columns.map((column) => {
    const left = x
    const width = column.reduce((widest, { id }) => Math.max(widest, sizes.get(id ?? '')?.width ?? 0), 0)
    x += width + COLUMN_GAP
    return [left, left + width]
  })
}
