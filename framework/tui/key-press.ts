/** Translates key events of Ink. */
import type { Key } from 'ink'
import type { KeyPress } from './status/status-model.ts'

/**
 * Returns several key presses if Ink reports several characters at once, because they were typed
 * fast or pasted.
 */
export function keyPresses(input: string, key: Key): readonly KeyPress[] {
  if (key.ctrl) return input === 'c' ? [{ kind: 'interrupt' }] : []
  if (key.upArrow) return [{ kind: 'up' }]
  if (key.downArrow) return [{ kind: 'down' }]
  if (key.pageUp) return [{ kind: 'page-up' }]
  if (key.pageDown) return [{ kind: 'page-down' }]
  if (key.home) return [{ kind: 'home' }]
  if (key.end) return [{ kind: 'end' }]
  if (key.return) return [{ kind: 'enter' }]
  if (key.escape) return [{ kind: 'escape' }]
  // For the backspace key, terminals send what Ink calls delete.
  if (key.backspace || key.delete) return [{ kind: 'erase' }]
  return [...input].flatMap(characterPress)
}

function characterPress(character: string): readonly KeyPress[] {
  if (character === '\r' || character === '\n') return [{ kind: 'enter' }]
  if (character === '\u007f') return [{ kind: 'erase' }]
  if (character === '\u0003') return [{ kind: 'interrupt' }]
  return /\p{Cc}/u.test(character) ? [] : [{ kind: 'character', character }]
}
