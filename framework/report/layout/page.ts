/** Describes where text is shown: its width, its colours, its clock. */
/** The meaning of a piece of text, which a terminal shows by a colour. */
export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'dim' | 'strong' | 'chosen'

export type Paint = (text: string, tone: Tone) => string

export interface Page {
  /** Terminal cells in a line. Infinity in a file or a pipe, where nothing is cut. */
  readonly width: number
  readonly paint: Paint
  /** The time from which ages are computed. */
  readonly now: Date
}

/** Adds no colours: for files, pipes, NO_COLOR and --no-color. */
export const plainPaint: Paint = (text) => text

/**
 * Uses the 16 colours that users choose in their terminal, so that they are readable on any
 * background.
 */
export const colourPaint: Paint = (text, tone) => {
  if (text === '') return text
  const [on, off] = SEQUENCES[tone]
  return `\u001b[${on}m${text}\u001b[${off}m`
}

const SEQUENCES: Readonly<Record<Tone, readonly [on: number, off: number]>> = {
  good: [32, 39],
  bad: [31, 39],
  warn: [33, 39],
  busy: [36, 39],
  dim: [2, 22],
  strong: [1, 22],
  // Swaps the two colours of the terminal, so that the text can be seen on any background.
  chosen: [7, 27],
}
