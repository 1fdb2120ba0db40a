import type { Page } from '../report/layout/page.ts'

/** A screen to draw on: a page with a last line. */
export interface Frame extends Page {
  readonly height: number
  /** Puts flags into the commands that a text suggests. */
  readonly suggest?: (text: string) => string
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** What a screen may fill. A frame of the terminal's full height would scroll it by a line. */
export function sizeOf({ columns, rows }: { readonly columns?: number; readonly rows?: number }): Size {
  return { width: columns || 80, height: (rows || 24) - 1 }
}
