/** The bar above the lineage graph, in which a reader chooses what the graph shows. */
import type { IndexEntry } from '../../catalog-document.ts'
import { button, el } from '../elements.ts'
import type { GraphChoice } from './visible-graph.ts'

/**
 * Minimum number of assets at which groups begin collapsed, and an opened asset shows only its
 * lineage.
 */
const MANY = 60

interface ZoomTarget {
  fit(): void
  zoom(factor: number): void
}

export class GraphControls {
  readonly #collapsed = new Set<string>()
  readonly #changed: () => void
  readonly #toggles: ReadonlyMap<string, HTMLButtonElement>
  readonly #only = el('input', { type: 'checkbox' })
  readonly #up: HTMLSelectElement
  readonly #down: HTMLSelectElement
  /** The controls that need an open asset. */
  readonly #lineage: HTMLElement
  #key: string | null = null

  constructor(assets: readonly IndexEntry[], changed: () => void) {
    const groups = [...new Set(assets.flatMap(({ group }) => group ?? []))].toSorted()
    const many = assets.length > MANY
    this.#changed = changed
    this.#toggles = new Map(groups.map((group) => [group, this.#groupToggle(group)]))
    if (many) for (const group of groups) this.#collapsed.add(group)
    this.#showToggles()
    this.#only.checked = many
    this.#only.addEventListener('change', changed)
    this.#up = this.#distance(many)
    this.#down = this.#distance(many)
    this.#lineage = el(
      'span',
      { class: 'choices', hidden: true },
      el('label', {}, this.#only, ' only its lineage'),
      el('label', {}, 'upstream ', this.#up),
      el('label', {}, 'downstream ', this.#down),
    )
  }

  bar(graph: ZoomTarget): HTMLElement {
    const groups = el('span', { class: 'choices groups', role: 'group' }, 'groups', ...this.#toggles.values())
    return el(
      'div',
      { class: 'choices bar' },
      button('Fit', 'Show all of the graph (0)', () => graph.fit()),
      button('+', 'Zoom in (+)', () => graph.zoom(1.3)),
      button('−', 'Zoom out (-)', () => graph.zoom(1 / 1.3)),
      this.#lineage,
      this.#toggles.size > 0 && groups,
    )
  }

  choice(): GraphChoice {
    const key = this.#only.checked ? this.#key : null
    return {
      collapsed: this.#collapsed,
      focus: key === null ? null : { key, up: Number(this.#up.value), down: Number(this.#down.value) },
    }
  }

  /** Receives the asset that is open now. Returns whether the graph has to change. */
  opened(key: string | null): boolean {
    const changes = this.#only.checked && key !== this.#key
    this.#key = key
    this.#lineage.hidden = key === null
    return changes
  }

  /** Shows a group asset by asset, or as one box. */
  toggle(group: string): void {
    if (!this.#collapsed.delete(group)) this.#collapsed.add(group)
    this.#showToggles()
    this.#changed()
  }

  #groupToggle(group: string): HTMLButtonElement {
    return button(group, `Show ${group} asset by asset, or as one box`, () => this.toggle(group))
  }

  #showToggles(): void {
    for (const [group, toggle] of this.#toggles) toggle.ariaPressed = String(!this.#collapsed.has(group))
  }

  #distance(many: boolean): HTMLSelectElement {
    const option = (label: string, value = label) =>
      el('option', { value, selected: label === (many ? '2' : 'all') }, label)
    const select = el('select', {}, ...['0', '1', '2', '3'].map((label) => option(label)), option('all', 'Infinity'))
    select.addEventListener('change', () => {
      this.#only.checked = true
      this.#changed()
    })
    return select
  }
}
