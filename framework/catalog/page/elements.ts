/** Makes elements. Text becomes only text nodes, so that nothing from the lake is read as HTML. */

type Child = Node | string | null | false

/** Attributes by name. `false` and null leave the attribute out. */
type Attributes = Readonly<Record<string, string | number | boolean | null>>

export function el<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) element.setAttribute(attribute, value === true ? '' : String(value))
  }
  element.append(...children.filter((child) => child !== null && child !== false))
  return element
}

export function button(label: string, title: string, act: () => void): HTMLButtonElement {
  const made = el('button', { type: 'button', title }, label)
  made.addEventListener('click', act)
  return made
}

/** A table with a caption for screen readers. Leaves out columns without any content. */
export function table(caption: string, titles: readonly string[], rows: readonly (readonly Child[])[]): HTMLElement {
  const filled = titles.map((_, index) => rows.some((row) => row[index] !== ''))
  const cells = (name: 'th' | 'td', row: readonly Child[]) =>
    row.flatMap((cell, index) => {
      const title = titles[index] ?? ''
      return filled[index]
        ? [el(name, { class: NUMERIC.has(title) && 'number', scope: name === 'th' && 'col' }, cell)]
        : []
    })
  return el(
    'div',
    { class: 'scrolls', tabindex: 0, role: 'region', 'aria-label': caption },
    el(
      'table',
      {},
      el('caption', { class: 'unseen' }, caption),
      el('thead', {}, el('tr', {}, ...cells('th', titles))),
      el('tbody', {}, ...rows.map((row) => el('tr', {}, ...cells('td', row)))),
    ),
  )
}

const NUMERIC = new Set(['rows', 'size', 'files', 'version', 'added', 'removed', 'duration'])
