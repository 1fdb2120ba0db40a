/** Translates key and mouse events of Ink. */
import type { Key } from 'ink'

export type KeyPress =
  | { readonly kind: 'character'; readonly character: string }
  | { readonly kind: 'up' | 'down' | 'left' | 'right' | 'page-up' | 'page-down' | 'home' | 'end' }
  | { readonly kind: 'enter' | 'escape' | 'erase' | 'tab' | 'interrupt' }
  | MousePress

/** Positions begin at 0, at the left and at the top. */
export interface MousePress {
  readonly kind: 'click' | 'wheel-up' | 'wheel-down'
  readonly column: number
  readonly row: number
}

/**
 * Returns several key presses if Ink reports several characters at once, because they were typed
 * quickly or pasted.
 */
export function keyPresses(input: string, key: Key): readonly KeyPress[] {
  const mouse = MOUSE.exec(input)
  if (mouse) return mousePress(mouse)
  if (key.ctrl) return controlPress(input)
  if (key.upArrow) return [{ kind: 'up' }]
  if (key.downArrow) return [{ kind: 'down' }]
  if (key.leftArrow) return [{ kind: 'left' }]
  if (key.rightArrow) return [{ kind: 'right' }]
  if (key.pageUp) return [{ kind: 'page-up' }]
  if (key.pageDown) return [{ kind: 'page-down' }]
  if (key.home) return [{ kind: 'home' }]
  if (key.end) return [{ kind: 'end' }]
  if (key.return) return [{ kind: 'enter' }]
  if (key.tab) return [{ kind: 'tab' }]
  if (key.escape) return [{ kind: 'escape' }]
  // For the backspace key, terminals send what Ink calls delete.
  if (key.backspace || key.delete) return [{ kind: 'erase' }]
  return [...input].flatMap(characterPress)
}

/** The form in which terminals report the mouse (SGR), without the escape that Ink has removed. */
const MOUSE = /^\[<(\d+);(\d+);(\d+)([Mm])$/

function mousePress([, code, column, row, end]: RegExpExecArray): readonly KeyPress[] {
  const kind = MOUSE_KINDS[Number(code)]
  // The release of a button is reported too.
  return kind === undefined || end === 'm' ? [] : [{ kind, column: Number(column) - 1, row: Number(row) - 1 }]
}

const MOUSE_KINDS: Readonly<Record<number, MousePress['kind']>> = { 0: 'click', 64: 'wheel-up', 65: 'wheel-down' }

function controlPress(input: string): readonly KeyPress[] {
  switch (input) {
    case 'c':
      return [{ kind: 'interrupt' }]
    case 'd':
      return [{ kind: 'page-down' }]
    case 'u':
      return [{ kind: 'page-up' }]
    default:
      return []
  }
}

/**
 * Translates what the terminal sends while Ink does not read it. Ignores arrows and similar keys.
 */
export function typedPresses(text: string): readonly KeyPress[] {
  return text.startsWith('\u001b') ? [] : [...text].flatMap(characterPress)
}

function characterPress(character: string): readonly KeyPress[] {
  if (character === '\r' || character === '\n') return [{ kind: 'enter' }]
  if (character === '\t') return [{ kind: 'tab' }]
  if (character === '\u007f') return [{ kind: 'erase' }]
  if (character === '\u0003') return [{ kind: 'interrupt' }]
  return /\p{Cc}/u.test(character) ? [] : [{ kind: 'character', character }]
}
