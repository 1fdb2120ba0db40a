/** Decides which keys move on a screen, and how far. */
import type { KeyPress } from './key-press.ts'

export type Motion = 'up' | 'down' | 'page-up' | 'page-down' | 'home' | 'end'

const LETTERS: Readonly<Record<string, Motion>> = {
  k: 'up',
  j: 'down',
  ' ': 'page-down',
  g: 'home',
  G: 'end',
}

/** undefined for a key that does not move. */
export function motionOf(press: KeyPress): Motion | undefined {
  switch (press.kind) {
    case 'character':
      return Object.hasOwn(LETTERS, press.character) ? LETTERS[press.character] : undefined
    case 'up':
    case 'down':
    case 'page-up':
    case 'page-down':
    case 'home':
    case 'end':
      return press.kind
    default:
      return undefined
  }
}

/** The number of lines of a motion. `page` is the number of lines on the screen. */
export function distance(motion: Motion, page: number): number {
  switch (motion) {
    case 'up':
      return -1
    case 'down':
      return 1
    case 'page-up':
      return -page
    case 'page-down':
      return page
    case 'home':
      return Number.NEGATIVE_INFINITY
    case 'end':
      return Number.POSITIVE_INFINITY
  }
}
