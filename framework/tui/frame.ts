/** Describes the part of a terminal that a screen can draw on. */
import type { Page } from '../report/layout/page.ts'

/** A page with a height. */
export interface Frame extends Page {
  readonly height: number
  /** Puts flags into the commands that a text suggests. */
  readonly suggest?: (text: string) => string
}

export interface Size {
  readonly width: number
  readonly height: number
}

/**
 * Returns the size for a screen. A frame with the terminal's full height would scroll it by a line.
 */
export function sizeOf({ columns, rows }: { readonly columns?: number; readonly rows?: number }): Size {
  return { width: columns || 80, height: (rows || 24) - 1 }
}
