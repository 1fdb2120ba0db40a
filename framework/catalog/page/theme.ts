/** Reads the colours of the style sheet for drawings on a canvas. */

export const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** Calls `draw` whenever the colours change: light, dark, and light for printing. */
export function onThemeChange(draw: () => void): void {
  const root = document.documentElement
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
  addEventListener('beforeprint', () => {
    root.dataset.printing = ''
    for (const closed of document.querySelectorAll('details:not([open])')) {
      closed.setAttribute('open', '')
      closed.setAttribute('data-opened', '')
    }
    draw()
  })
  addEventListener('afterprint', () => {
    delete root.dataset.printing
    for (const opened of document.querySelectorAll('details[data-opened]')) {
      opened.removeAttribute('open')
      opened.removeAttribute('data-opened')
    }
    draw()
  })
}
