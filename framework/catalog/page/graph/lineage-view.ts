/** Draws the lineage graph. A reader can walk through it with mouse and keys. */
import type cytoscapeFunction from 'cytoscape'
import type { IndexEntry } from '../../catalog-document.ts'
import { colour } from '../theme.ts'
import { layeredLayout, type Point } from './layered-layout.ts'
import {
  type GraphChoice,
  groupId,
  groupOf,
  type VisibleGraph,
  type VisibleNode,
  visibleGraph,
} from './visible-graph.ts'

declare const cytoscape: typeof cytoscapeFunction

const FONT = '12px system-ui, sans-serif'
const NODE_HEIGHT = 30
/** Minimum number of nodes at which slow effects are left out. */
const MANY = 400
const ZOOM_STEP = 1.3

interface LineageEvents {
  opened(key: string): void
  expanded(group: string): void
  /** Called when a reader reaches a node with the keys. */
  reached(words: string): void
}

export class LineageView {
  readonly #container: HTMLElement
  readonly #assets: readonly IndexEntry[]
  readonly #events: LineageEvents
  #shown: VisibleGraph = { nodes: [], edges: [] }
  #drawn: cytoscapeFunction.Core | undefined
  #selected: string | null = null
  #found: ReadonlySet<string> | null = null
  /** The node at the keys' cursor. */
  #cursor: string | null = null

  constructor(container: HTMLElement, assets: readonly IndexEntry[], events: LineageEvents) {
    this.#container = container
    this.#assets = assets
    this.#events = events
    container.addEventListener('keydown', (event) => this.#pressed(event))
    container.addEventListener('pointerdown', () => container.focus({ preventScroll: true }))
    // While the graph does not have the focus, the wheel scrolls the page.
    const scroll = (event: WheelEvent) => {
      if (document.activeElement !== container && !event.ctrlKey) event.stopPropagation()
    }
    container.addEventListener('wheel', scroll, { capture: true })
    new ResizeObserver(() => this.#drawn?.resize()).observe(container)
  }

  /** Draws the graph, with the view on all of it. */
  show(choice: GraphChoice, selected: string | null): void {
    this.#shown = visibleGraph(this.#assets, choice)
    this.#selected = selected
    this.#cursor = selected
    this.redraw()
  }

  /** Marks the asset in the graph. */
  select(key: string | null): void {
    this.#selected = key
    this.#cursor = key
    this.#mark()
    const node = this.#drawn?.nodes('.selected')
    if (node?.nonempty()) this.#comeTo(node)
  }

  /**
   * Makes all assets pale except these, and all groups without any of these. With null, makes none
   * pale.
   */
  find(found: ReadonlySet<string> | null): void {
    const shown = this.#assets.filter(({ key }) => found?.has(key))
    const ids = shown.flatMap(({ key, group }) => (group === null ? key : [key, groupId(group)]))
    this.#found = found && new Set(ids)
    this.#mark()
    this.fit()
  }

  /** Zooms to show all of the graph, or everything that was found. */
  fit(): void {
    this.#drawn?.fit(this.#found?.size ? this.#drawn.nodes().not('.pale') : undefined, 24)
    if (this.#drawn && this.#drawn.zoom() > 1.2) this.#zoomTo(1.2)
  }

  zoom(factor: number): void {
    if (this.#drawn) this.#zoomTo(this.#drawn.zoom() * factor)
  }

  /** Draws the same graph again in the current colours. */
  redraw(): void {
    const many = this.#shown.nodes.length > MANY
    const { elements, height } = placed(this.#shown, many)
    this.#container.style.setProperty('--needed', `${height}px`)
    this.#drawn?.destroy()
    this.#drawn = cytoscape({
      ...{ container: this.#container, elements },
      layout: { name: 'preset' },
      style: styleSheet(many),
      ...{ autoungrabify: true, boxSelectionEnabled: false, minZoom: 0.02, maxZoom: 3 },
      ...{
        textureOnViewport: many,
        hideEdgesOnViewport: this.#shown.nodes.length > 4 * MANY,
        pixelRatio: many ? 1 : 'auto',
      },
    })
    this.#drawn.on('tap', 'node', ({ target }) => this.#open(target.id()))
    this.fit()
    this.#mark()
    const node = this.#drawn.nodes('.selected')
    if (many && node.nonempty()) this.#comeTo(node)
  }

  #open(id: string): void {
    const group = groupOf(id)
    if (group === undefined) this.#events.opened(id)
    else this.#events.expanded(group)
  }

  #zoomTo(level: number): void {
    const [x, y] = [this.#container.clientWidth / 2, this.#container.clientHeight / 2]
    this.#drawn?.zoom({ level, renderedPosition: { x, y } })
  }

  #comeTo(node: cytoscapeFunction.NodeCollection): void {
    const drawn = this.#drawn
    if (!drawn) return
    if (drawn.zoom() < 0.5) this.#zoomTo(0.8)
    const { x1, y1, x2, y2 } = node.renderedBoundingBox()
    if (x1 < 0 || y1 < 0 || x2 > drawn.width() || y2 > drawn.height()) drawn.center(node)
  }

  #mark(): void {
    const [drawn, found] = [this.#drawn, this.#found]
    drawn?.batch(() => {
      drawn.elements().removeClass('selected near pale cursor')
      if (found) drawn.elements().forEach((one) => void (found.has(one.id()) || one.addClass('pale')))
      if (this.#cursor !== null) drawn.getElementById(this.#cursor).addClass('cursor')
      if (this.#selected === null) return
      const selected = drawn.getElementById(this.#selected)
      selected.addClass('selected').connectedEdges().addClass('near')
    })
  }

  #pressed(event: KeyboardEvent): void {
    const act = this.#actions[event.key]
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    act()
  }

  readonly #actions: Readonly<Record<string, () => void>> = {
    '+': () => this.zoom(ZOOM_STEP),
    '=': () => this.zoom(ZOOM_STEP),
    '-': () => this.zoom(1 / ZOOM_STEP),
    '0': () => this.fit(),
    Enter: () => this.#cursor !== null && this.#open(this.#cursor),
    ArrowLeft: () => this.#walk((node) => node.incomers('node')),
    ArrowRight: () => this.#walk((node) => node.outgoers('node')),
    ArrowUp: () => this.#walk((node) => this.#inColumn(node, (y) => y < node.position('y'))),
    ArrowDown: () => this.#walk((node) => this.#inColumn(node, (y) => y > node.position('y'))),
  }

  #inColumn(node: cytoscapeFunction.NodeSingular, side: (y: number) => boolean) {
    const { x } = node.position()
    return this.#drawn?.nodes().filter((other) => Math.abs(other.position('x') - x) < 1 && side(other.position('y')))
  }

  /** Moves the cursor to the nearest of the nodes, or to the first of all nodes. */
  #walk(next: (node: cytoscapeFunction.NodeSingular) => cytoscapeFunction.NodeCollection | undefined): void {
    const drawn = this.#drawn
    if (!drawn) return
    const current = this.#cursor === null ? drawn.collection() : drawn.getElementById(this.#cursor)
    const candidates = current.nonempty()
      ? next(current.nodes()[0] as cytoscapeFunction.NodeSingular)
      : drawn.nodes().slice(0, 1)
    const y = current.nonempty() ? current.position('y') : 0
    const nearest = candidates?.sort(
      (one, other) => Math.abs(one.position('y') - y) - Math.abs(other.position('y') - y),
    )[0]
    if (!nearest) return
    this.#cursor = nearest.id()
    this.#mark()
    this.#comeTo(nearest as cytoscapeFunction.NodeCollection & cytoscapeFunction.NodeSingular)
    const [readsCount, readersCount] = [nearest.incomers('node').length, nearest.outgoers('node').length]
    this.#events.reached(`${nearest.data('label')}, reads ${readsCount}, read by ${readersCount}`)
  }
}

/** Places the graph, and returns its height in pixels. */
function placed({ nodes, edges }: VisibleGraph, many: boolean) {
  const sizes = new Map(nodes.map((node) => [node.id, { width: widthOf(labelOf(node)), height: NODE_HEIGHT }]))
  const { centres, bends } = layeredLayout(sizes, edges)
  const centreOf = (id: string): Point => centres.get(id) ?? { x: 0, y: 0 }
  const widthOfNode = (id: string): number => sizes.get(id)?.width ?? 0
  /** The middle of the right side of a node, or of the left one. */
  const endAt = (id: string, side: 1 | -1): Point => {
    const { x, y } = centreOf(id)
    return { x: x + (side * widthOfNode(id)) / 2, y }
  }
  const heights = [...centres.values()].map(({ y }) => y)
  return {
    elements: {
      nodes: nodes.map((node) => ({
        data: { id: node.id, label: labelOf(node), width: widthOfNode(node.id) },
        position: { ...centreOf(node.id) },
        classes: `${node.kind} ${node.state}`,
      })),
      edges: edges.map(([source, target], index) => ({
        data: { source, target, ...(!many && curve([endAt(source, 1), endAt(target, -1)], bends[index] ?? [])) },
      })),
    },
    height: Math.ceil(Math.max(0, ...heights) - Math.min(0, ...heights)) + 4 * NODE_HEIGHT,
  }
}

/** The state is in the label too, not only in the colour. */
const labelOf = ({ label, state }: VisibleNode): string => (state === 'fresh' ? label : `${label} · ${state}`)

const measuring = document.createElement('canvas').getContext('2d')

function widthOf(label: string): number {
  if (measuring) measuring.font = FONT
  return Math.ceil(measuring?.measureText(label).width ?? label.length * 8) + 28
}

const stateStyle = (state: string) => ({
  selector: `node.${state}`,
  style: { 'border-color': colour(`--${state}`), 'background-color': colour(`--${state}-back`), 'border-width': 2 },
})

function styleSheet(many: boolean): cytoscapeFunction.StylesheetJson {
  const [text, panel, line, quiet, accent] = ['--text', '--panel', '--edge', '--quiet', '--accent'].map(colour)
  const sheet = [
    {
      selector: 'node',
      style: {
        ...{ shape: 'round-rectangle', width: 'data(width)', height: NODE_HEIGHT, label: 'data(label)' },
        ...{ 'font-family': 'system-ui, sans-serif', 'font-size': 12, 'min-zoomed-font-size': 7, color: text },
        ...{ 'text-valign': 'center', 'background-color': panel, 'border-width': 1, 'border-color': quiet },
      },
    },
    { selector: 'node.source', style: { shape: 'barrel', 'background-color': colour('--source-back') } },
    // From afar, a pale border cannot be seen.
    ...(many ? [stateStyle('fresh')] : []),
    { selector: 'node.group', style: { 'border-style': 'double', 'border-width': 4, 'font-weight': 'bold' } },
    ...['stale', 'failed', 'missing', 'running'].map(stateStyle),
    {
      selector: 'edge',
      style: {
        ...{ width: many ? 1 : 1.5, 'line-color': line, 'curve-style': many ? 'haystack' : 'unbundled-bezier' },
        ...(many ? { 'haystack-radius': 0 } : CURVE),
        ...{ 'target-arrow-shape': many ? 'none' : 'triangle', 'target-arrow-color': line, 'arrow-scale': 0.8 },
      },
    },
    { selector: 'edge.near', style: { 'line-color': accent, 'target-arrow-color': accent, width: 2.5 } },
    { selector: '.pale', style: { opacity: 0.25 } },
    { selector: 'node.selected', style: { 'border-color': accent, 'border-width': 3 } },
    { selector: 'node.cursor', style: { 'outline-width': 2, 'outline-color': accent, 'outline-offset': 3 } },
  ]
  return sheet as cytoscapeFunction.StylesheetJson
}

/** From the right side of a node to the left side of another. */
const CURVE = {
  ...{ 'source-endpoint': '50% 0', 'target-endpoint': '-50% 0', 'edge-distances': 'endpoints' },
  ...{ 'control-point-weights': 'data(weights)', 'control-point-distances': 'data(distances)' },
}

/** How far an edge is level before it bends. */
const LEVEL = 30

/**
 * Describes a curve near these points that begins and ends level, in the form that cytoscape needs:
 * for each point, its place along the line from end to end, 0 to 1, and its distance from that
 * line.
 */
function curve([start, end]: readonly [Point, Point], bends: readonly Point[]) {
  const [dx, dy] = [end.x - start.x, end.y - start.y]
  const length = Math.hypot(dx, dy) || 1
  const points = [{ x: start.x + LEVEL, y: start.y }, ...bends, { x: end.x - LEVEL, y: end.y }]
  return {
    weights: points.map(({ x, y }) => ((x - start.x) * dx + (y - start.y) * dy) / length ** 2),
    distances: points.map(({ x, y }) => ((y - start.y) * dx - (x - start.x) * dy) / length),
  }
}
