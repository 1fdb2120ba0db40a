/** Draws a series of numbers in one line. */
const HEIGHTS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

/**
 * Draws a bar for each of the last `width` numbers, as high as its share of the greatest. A space
 * stands for an unknown number.
 */
export function sparkline(numbers: readonly (number | null)[], width: number): string {
  const shown = numbers.slice(-width)
  const most = shown.reduce<number>((greatest, number) => Math.max(greatest, number ?? 0), 0)
  return shown.map((number) => barOf(number, most)).join('')
}

function barOf(number: number | null, most: number): string {
  if (number === null) return ' '
  const step = most === 0 ? 0 : Math.round((number / most) * (HEIGHTS.length - 1))
  return HEIGHTS[step] ?? ' '
}
