/** What a piece of text means, where a terminal can show it by colour. */
export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'dim' | 'strong'

export type Paint = (text: string, tone: Tone) => string

/** Where text is shown. */
export interface Page {
  /** Terminal cells in a line; Infinity where nothing is cut, as in a file or a pipe. */
  readonly width: number
  readonly paint: Paint
  /** What ages are told from. */
  readonly now: Date
}

/** For files, pipes, NO_COLOR and --no-color. */
export const plainPaint: Paint = (text) => text

/** The 16 colours that every terminal lets its user choose, so that they can be read on any background. */
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
}
