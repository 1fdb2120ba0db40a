/** Starts the page of the catalogue: the list, the search, the graph, and the open asset. */
import { count, counted, moment } from '../../report/layout/format-numbers.ts'
import type { CatalogIndex } from '../catalog-document.ts'
import { AssetList } from './asset-list.ts'
import { assetPage, columnId } from './asset-page.ts'
import { loadAsset, receive } from './data.ts'
import { el, table } from './elements.ts'
import { GraphControls } from './graph/graph-controls.ts'
import { LineageView } from './graph/lineage-view.ts'
import { drawPlots } from './plots.ts'
import { onThemeChange } from './theme.ts'

/** Maximum number of assets in the table of all assets. */
const MAX_LISTED = 100
/** Width of the window, in pixels, below which the list is closed at the beginning. */
const NARROW = 760

const GRAPH_HELP =
  'Lineage graph. Arrow keys walk to what an asset reads and what reads it, Enter opens it, plus and minus zoom, 0 shows all.'

receive((index) => new CatalogPage(index).begin())

/** Decodes a part of an address. Returns it unchanged if it cannot be decoded. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

class CatalogPage {
  readonly #index: CatalogIndex
  readonly #list: AssetList
  readonly #controls: GraphControls
  readonly #graph: LineageView
  readonly #graphElement = el('div', { class: 'graph', tabindex: 0, role: 'application', 'aria-label': GRAPH_HELP })
  readonly #main = el('main')
  readonly #search = el('input', {
    type: 'search',
    placeholder: 'Search assets, columns, owners',
    'aria-label': 'Search',
  })
  /** Announces changes to screen readers. */
  readonly #said = el('p', { class: 'unseen', role: 'status' })
  #open: string | null = null
  #redrawPlots = () => {}

  constructor(index: CatalogIndex) {
    this.#index = index
    this.#list = new AssetList(index.assets)
    this.#controls = new GraphControls(index.assets, () => this.#showGraph())
    this.#graph = new LineageView(this.#graphElement, index.assets, {
      opened: (key) => {
        location.hash = `#/${key}`
      },
      expanded: (group) => this.#controls.toggle(group),
      reached: (words) => this.#said.replaceChildren(words),
    })
  }

  begin(): void {
    const { project, lake, writtenAt, assets } = this.#index
    const title = el('summary', {}, counted(assets.length, 'asset'))
    const list = el('details', { open: innerWidth > NARROW }, title, this.#list.element)
    const lineage = el(
      'section',
      { class: 'lineage', 'aria-label': 'Lineage' },
      this.#controls.bar(this.#graph),
      this.#graphElement,
    )
    document.body.append(
      el(
        'header',
        {},
        el('a', { href: '#/', class: 'title' }, project),
        el('span', { class: 'quiet' }, `${lake}, ${moment(new Date(writtenAt))} UTC`),
        this.#search,
      ),
      el('nav', { 'aria-label': 'Assets' }, list),
      el('div', { class: 'content' }, lineage, this.#main),
      this.#said,
    )
    this.#search.addEventListener('input', () => this.#find(list))
    this.#search.addEventListener('keydown', (event) => this.#leaveSearch(event))
    addEventListener('keydown', (event) => this.#reachSearch(event))
    addEventListener('hashchange', () => void this.#route())
    onThemeChange(() => {
      this.#graph.redraw()
      this.#redrawPlots()
    })
    void this.#route()
    document.body.dataset.ready = ''
    // A large graph takes a moment to draw, so the list and the search come first.
    setTimeout(() => this.#showGraph())
  }

  #find(list: HTMLDetailsElement): void {
    const words = this.#search.value.trim()
    const found = this.#list.search(words)
    list.open ||= words !== ''
    this.#graph.find(words === '' ? null : found)
    this.#said.replaceChildren(`${counted(found.size, 'asset')} found`)
  }

  #leaveSearch(event: KeyboardEvent): void {
    const first = this.#list.first()
    if (event.key === 'ArrowDown') first?.focus()
    else if (event.key === 'Enter') first?.click()
    else return
    event.preventDefault()
  }

  #reachSearch(event: KeyboardEvent): void {
    if (event.key !== '/' || event.target instanceof HTMLInputElement) return
    event.preventDefault()
    this.#search.focus()
  }

  #showGraph(): void {
    this.#graph.show(this.#controls.choice(), this.#open)
  }

  /** Opens the asset and the column that the address names: `#/songs/title`. */
  async #route(): Promise<void> {
    const { project, assets } = this.#index
    const [, key = '', column = ''] = location.hash.split('/').map(decoded)
    const before = this.#open
    this.#open = assets.some((asset) => asset.key === key) ? key : null
    document.title = `${this.#open === null ? '' : `${key}, `}${project}: catalogue`
    document.body.classList.toggle('opened', this.#open !== null)
    this.#list.select(this.#open)
    if (this.#controls.opened(this.#open) && document.body.dataset.ready !== undefined) this.#showGraph()
    else this.#graph.select(this.#open)
    if (this.#open === null) this.#showOverview()
    else if (this.#open !== before) await this.#showAsset(key)
    document.getElementById(columnId(column))?.focus()
  }

  async #showAsset(key: string): Promise<void> {
    try {
      const asset = await loadAsset(key, this.#index)
      if (this.#open !== key) return
      const plots = el('div', { class: 'plots' })
      this.#redrawPlots = () => drawPlots(plots, asset.versions)
      this.#show(assetPage(asset, plots))
    } catch (error) {
      this.#show(el('p', { class: 'note failed', role: 'alert' }, (error as Error).message))
    }
  }

  #showOverview(): void {
    const { project, assets } = this.#index
    const [fresh, others] = [
      assets.filter(({ state }) => state === 'fresh'),
      assets.filter(({ state }) => state !== 'fresh'),
    ]
    const rows = [...others, ...fresh]
      .slice(0, MAX_LISTED)
      .map(({ key, state, rows, group, owner, description }) => [
        el('a', { href: `#/${key}` }, key),
        el('span', { class: `badge ${state}` }, state),
        rows === null ? '' : count(rows),
        ...[group ?? '', owner ?? '', description ?? ''],
      ])
    const listed = assets.length > MAX_LISTED ? `, the first ${MAX_LISTED} below` : ''
    this.#redrawPlots = () => {}
    this.#show(
      el(
        'article',
        {},
        el('h1', { tabindex: -1 }, project),
        el('p', {}, `${counted(assets.length, 'asset')}, ${count(fresh.length)} of them fresh${listed}.`),
        table('Assets', ['asset', 'state', 'rows', 'group', 'owner', 'description'], rows),
      ),
    )
  }

  /**
   * Puts the content into the page, and the focus on its title, so that Tab continues from there.
   */
  #show(content: HTMLElement): void {
    this.#main.replaceChildren(content)
    this.#redrawPlots()
    content.querySelector('h1')?.focus({ preventScroll: true })
  }
}
