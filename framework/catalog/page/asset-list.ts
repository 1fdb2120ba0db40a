/** Lists the assets beside the graph, and finds those that match a search. */
import type { IndexEntry } from '../catalog-document.ts'
import { el } from './elements.ts'

/** Tab stops at the list once; arrow keys move within it. */
export class AssetList {
  readonly element: HTMLElement
  readonly #assets: readonly IndexEntry[]
  readonly #links: ReadonlyMap<string, HTMLAnchorElement>
  readonly #texts: ReadonlyMap<string, string>

  constructor(assets: readonly IndexEntry[]) {
    this.#assets = assets
    this.#links = new Map(assets.map((asset) => [asset.key, linkTo(asset)]))
    this.#texts = new Map(assets.map((asset) => [asset.key, searchedText(asset)]))
    const groups = [...new Set(assets.map(({ group }) => group ?? ''))].toSorted(lastIfEmpty)
    this.element = el('div', { class: 'list' }, ...groups.map((group) => this.#section(group)))
    this.element.addEventListener('keydown', (event) => this.#pressed(event))
    this.#makeReachable(this.#visible()[0])
  }

  /** Shows only the assets that contain all words, and returns their keys. */
  search(words: string): ReadonlySet<string> {
    const wanted = words.toLowerCase().split(/\s+/)
    const found = this.#assets.filter(({ key }) => wanted.every((word) => this.#texts.get(key)?.includes(word)))
    const keys = new Set(found.map(({ key }) => key))
    for (const [key, link] of this.#links) if (link.parentElement) link.parentElement.hidden = !keys.has(key)
    for (const section of this.element.querySelectorAll('section')) {
      section.hidden = !section.querySelector('li:not([hidden])')
    }
    this.#makeReachable(this.#visible()[0])
    return keys
  }

  /** Marks the asset that is open. */
  select(key: string | null): void {
    for (const link of this.element.querySelectorAll('[aria-current]')) link.removeAttribute('aria-current')
    const link = key === null ? undefined : this.#links.get(key)
    if (!link) return
    link.setAttribute('aria-current', 'page')
    this.#makeReachable(link)
    link.scrollIntoView({ block: 'nearest' })
  }

  first(): HTMLAnchorElement | undefined {
    return this.#visible()[0]
  }

  #section(group: string): HTMLElement {
    const members = this.#assets.filter((asset) => (asset.group ?? '') === group)
    const items = members.toSorted((one, other) => (one.key < other.key ? -1 : 1))
    const links = items.map(({ key }) => el('li', {}, this.#links.get(key) ?? ''))
    const isOnly = members.length === this.#assets.length && group === ''
    const title = isOnly ? [] : [el('h2', {}, group || 'no group')]
    return el('section', {}, ...title, el('ul', {}, ...links))
  }

  #visible(): readonly HTMLAnchorElement[] {
    return [...this.element.querySelectorAll<HTMLAnchorElement>('li:not([hidden]) a')]
  }

  #makeReachable(link: HTMLAnchorElement | undefined): void {
    for (const other of this.#links.values()) other.tabIndex = other === link ? 0 : -1
  }

  #pressed(event: KeyboardEvent): void {
    const links = this.#visible()
    const at = links.indexOf(document.activeElement as HTMLAnchorElement)
    const targets: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: links.length - 1,
    }
    const link = links[targets[event.key] ?? -1]
    if (!link) return
    event.preventDefault()
    this.#makeReachable(link)
    link.focus()
  }
}

/** Orders by name. Assets without a name come last. */
const lastIfEmpty = (one: string, other: string): number =>
  Number(one === '') - Number(other === '') || (one < other ? -1 : 1)

function linkTo({ key, kind, state }: IndexEntry): HTMLAnchorElement {
  const mark = state === 'fresh' ? null : el('span', { class: `badge ${state}` }, state)
  return el('a', { href: `#/${key}`, class: kind }, el('span', {}, key), mark)
}

const searchedText = ({ key, kind, state, description, owner, group, tags, columns }: IndexEntry): string =>
  [key, kind, state, description, owner, group, ...tags, ...columns].join(' ').toLowerCase()
